import type { Clock } from '../clock.ts';
import { identityKey } from '../identity/identity.ts';
import type { Identity } from '../identity/identity.ts';
import { createLru } from './lru.ts';
import type { Advise } from './store.ts';

/** The roles that were seen to have `ssm:GetParameter` but not `ssm:GetParameters`, by identity and region. */
export interface SingleReaders {
  has(identity: Identity, region: string): boolean;
  /** Remembers, and advises the operator once for as long as it is remembered. */
  add(identity: Identity, region: string): void;
}

const MAX_REMEMBERED = 1000;
/** After this the better permission is tried again, so that a corrected policy takes effect. */
const REMEMBER_MS = 10 * 60_000;

/** GetParameter and GetParameters are separate IAM actions; many policies written for other tools allow only the former. */
export function createSingleReaders(clock: Clock, advise: Advise): SingleReaders {
  const until = createLru<number>(MAX_REMEMBERED);

  function has(identity: Identity, region: string): boolean {
    return (until.get(key(identity, region)) ?? Number.NEGATIVE_INFINITY) > clock.now();
  }

  return {
    has,
    add(identity, region) {
      if (has(identity, region)) return;
      until.set(key(identity, region), clock.now() + REMEMBER_MS);
      const role = identity.roleChain.at(-1) ?? 'the AWS identity in use';
      advise({
        code: 'ssm-get-parameter-only',
        text:
          `${role} may call ssm:GetParameter but not ssm:GetParameters, so parameters are read one by one. ` +
          'Put "Action": ["ssm:GetParameter", "ssm:GetParameters"] into that statement of its policy to read ten with one call.',
      });
    },
  };
}

function key(identity: Identity, region: string): string {
  return JSON.stringify([identityKey(identity), region]);
}
