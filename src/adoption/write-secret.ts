import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, NewAdoptedSecret } from '../kubernetes/adoption-api.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import { ADOPTED_FOR } from '../names.ts';
import { quoted } from '../quote.ts';
import { compare } from './adopted-secret.ts';
import { readProofs, withProof } from './made-for.ts';

export interface Writing {
  /** What is there, made by us; absent if nothing is. */
  readonly stored: StoredSecret | undefined;
  readonly wanted: NewAdoptedSecret;
  readonly proof: string;
}

/**
 * Creates the Secret, or makes the one that is there like it; writes nothing where nothing differs. `again`: somebody else
 * was quicker.
 *
 * @throws LatchkeyError LK-DEFINITION, LK-TOO-LARGE, LK-QUOTA, LK-KUBERNETES
 */
export async function writeSecret(
  api: Pick<AdoptionApi, 'createSecret' | 'updateSecret'>,
  { stored, wanted, proof }: Writing,
  signal: AbortSignal,
): Promise<'made' | 'updated' | 'unchanged' | 'again'> {
  if (stored === undefined) {
    return (await api.createSecret(wanted, signal)) === 'created' ? 'made' : 'again';
  }
  const compared = compare(stored, wanted, proof);
  if (compared === 'same') return 'unchanged';
  if (stored.type !== wanted.type) throw ofOtherType(stored, wanted.type);
  // As long as the content is the same, what it was proved for before holds too.
  const before = compared === 'unproved' ? readProofs(stored.annotations[ADOPTED_FOR]) : [];
  const annotations = { ...wanted.annotations, [ADOPTED_FOR]: withProof(before, proof) };
  const done = await api.updateSecret(stored, { ...wanted, annotations }, signal);
  if (done === 'conflict') return 'again';
  return compared === 'unproved' ? 'unchanged' : 'updated';
}

/** Why a Secret cannot become what its definition says. */
export function ofOtherType({ namespace, name, type }: StoredSecret, wanted: string): LatchkeyError {
  return new LatchkeyError(
    'LK-DEFINITION',
    `the Secret has type ${quoted(type)}, its definition says ${quoted(wanted)}, and Kubernetes lets nobody change a type`,
    `Delete it: kubectl -n ${namespace} delete secret ${name}. A new one is made then.`,
  );
}
