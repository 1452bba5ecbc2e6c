import { LatchkeyError } from '../errors.ts';
import type { SecretValue } from '../secret-value.ts';
import type { CredentialCache } from './credential-cache.ts';
import type { Credentials, Identity, Session } from './identity.ts';
import { checkSamePartition } from './role-arn.ts';
import { isExpired, webIdentityError } from './sts-errors.ts';
import type { Sts } from './sts.ts';
import { tokenClaims } from './token-claims.ts';

export interface WebIdentity {
  readonly identity: Identity;
  readonly roleArn: string;
  readonly sessionName: string;
  /** A token that is valid now: a TokenRequest, or the file that the kubelet keeps fresh. */
  readonly token: (signal: AbortSignal) => Promise<SecretValue>;
}

/** A session by AssumeRoleWithWebIdentity at the region's own STS endpoint. */
export function webIdentitySession(
  who: WebIdentity,
  deps: { readonly sts: Sts; readonly cache: CredentialCache },
): Session {
  const { identity, roleArn } = who;
  return {
    identity,
    credentials: async (region, signal) => {
      checkSamePartition(roleArn, region);
      return await deps.cache.get({ identity, region, signal }, (own) =>
        obtain(deps.sts, who, { region, signal: own }),
      );
    },
    forget: (region) => deps.cache.forget(identity, region),
  };
}

async function obtain(
  sts: Sts,
  who: WebIdentity,
  at: { region: string; signal: AbortSignal },
): Promise<Credentials> {
  const first = await attempt(sts, who, at);
  // A token can expire between here and there when clocks differ: one more, with a new token.
  const last = 'expired' in first && first.expired ? await attempt(sts, who, at) : first;
  if ('error' in last) throw last.error;
  return last.credentials;
}

type Attempt =
  { readonly credentials: Credentials } | { readonly error: LatchkeyError; readonly expired: boolean };

async function attempt(
  sts: Sts,
  who: WebIdentity,
  { region, signal }: { region: string; signal: AbortSignal },
): Promise<Attempt> {
  const { roleArn, sessionName } = who;
  const token = await who.token(signal);
  try {
    return { credentials: await sts.withWebIdentity({ region, roleArn, sessionName, token }, signal) };
  } catch (error) {
    if (error instanceof LatchkeyError) throw error;
    return {
      error: webIdentityError(error, { region, roleArn, claims: tokenClaims(token) }),
      expired: isExpired(error),
    };
  }
}
