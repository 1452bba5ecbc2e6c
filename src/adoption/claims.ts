import type { DefinitionReference } from '../definitions/recipe.ts';
import type { AdoptionApi, NewAdoptedSecret } from '../kubernetes/adoption-api.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import { ADOPTED, ADOPTED_FOR, SECRET_REFERENCES } from '../names.ts';
import { ofOtherType } from './write-secret.ts';

/** How the author of a Secret hands it to the SealedSecret of its name, as sealed-secrets reads it. */
export interface Claim {
  /** `patch`: what it holds besides stays. */
  readonly merges: boolean;
  /** `managed`: it belongs to the SealedSecret from then on. */
  readonly takes: boolean;
}

const MANAGED = 'sealedsecrets.bitnami.com/managed';
const PATCH = 'sealedsecrets.bitnami.com/patch';

/** What the annotations of a Secret allow the definition of its name to do with it, if that is a SealedSecret. */
export function claimOf(
  { annotations }: Pick<StoredSecret, 'annotations'>,
  maker: Pick<DefinitionReference, 'kind'>,
): Claim | undefined {
  if (maker.kind !== 'sealed-secret') return undefined;
  const claim = { merges: annotations[PATCH] === 'true', takes: annotations[MANAGED] === 'true' };
  return claim.merges || claim.takes ? claim : undefined;
}

/** Of what Latchkey writes on a Secret that it made; one that it only adds to gets none of it. */
const OURS = new Set([ADOPTED, ADOPTED_FOR, SECRET_REFERENCES]);

/**
 * Makes a Secret that was handed over like what its SealedSecret says, as far as the claim goes.
 * @throws LatchkeyError LK-DEFINITION, LK-TOO-LARGE, LK-QUOTA, LK-KUBERNETES
 */
export async function writeClaimed(
  api: Pick<AdoptionApi, 'claimSecret'>,
  { stored, wanted, claim }: { stored: StoredSecret; wanted: NewAdoptedSecret; claim: Claim },
  signal: AbortSignal,
): Promise<'updated' | 'unchanged' | 'again'> {
  if (stored.type !== wanted.type) throw ofOtherType(stored, wanted.type);
  const kept = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).filter(([name]) => claim.takes || !OURS.has(name)));
  const content = {
    labels: kept(wanted.labels),
    annotations: kept(wanted.annotations),
    data: claim.merges ? new Map([...stored.data, ...wanted.data]) : wanted.data,
  };
  if (holdsAll(stored, content)) return 'unchanged';
  const done = await api.claimSecret(stored, content, claim.takes ? wanted.owner : undefined, signal);
  return done === 'conflict' ? 'again' : 'updated';
}

function holdsAll(
  stored: StoredSecret,
  { labels, annotations, data }: Pick<NewAdoptedSecret, 'labels' | 'annotations' | 'data'>,
): boolean {
  return (
    stored.data.size === data.size &&
    [...data].every(([key, value]) => isSame(stored.data.get(key)?.reveal(), value.reveal())) &&
    Object.entries(labels).every(([name, text]) => stored.labels[name] === text) &&
    Object.entries(annotations).every(([name, text]) => stored.annotations[name] === text)
  );
}

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
