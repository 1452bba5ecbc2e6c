import type { DefinitionReference, Recipe, SecretDraft } from '../definitions/recipe.ts';
import type { NewAdoptedSecret } from '../kubernetes/adoption-api.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import { ADOPTED, ADOPTED_FOR, PREFIX, SECRET_REFERENCES } from '../names.ts';
import { isProved, readProofs } from './made-for.ts';

export interface AdoptedSecretOptions {
  readonly recipe: Recipe;
  readonly draft: SecretDraft;
  /** What was read, for people. */
  readonly sources: string;
  /** From `proofOf`. */
  readonly proof: string;
}

/** The Secret that a definition describes, as Latchkey creates it. */
export function adoptedSecret({ recipe, draft, sources, proof }: AdoptedSecretOptions): NewAdoptedSecret {
  const { definition, secretName, ownership } = recipe;
  return {
    namespace: definition.namespace,
    name: secretName,
    type: draft.type,
    labels: { ...withoutOurs(draft.labels), [ADOPTED]: definition.kind },
    annotations: {
      ...withoutOurs(draft.annotations),
      [SECRET_REFERENCES]: sources,
      [ADOPTED_FOR]: proof,
    },
    data: draft.data,
    ...(ownership === 'owner' ? { owner: ownerOf(definition) } : {}),
    ...(draft.immutable === undefined ? {} : { immutable: true }),
  };
}

/** How a Secret that Latchkey made compares with what it would make now. `unproved`: the same, but not for who asks now. */
export function compare(
  stored: StoredSecret,
  wanted: NewAdoptedSecret,
  proof: string,
): 'same' | 'unproved' | 'other' {
  const isSame =
    stored.type === wanted.type &&
    stored.data.size === wanted.data.size &&
    [...wanted.data].every(([key, value]) => equal(stored.data.get(key)?.reveal(), value.reveal())) &&
    holds(stored.labels, wanted.labels) &&
    holds(stored.annotations, withoutOurs(wanted.annotations));
  if (!isSame) return 'other';
  return isProved(readProofs(stored.annotations[ADOPTED_FOR]), proof) ? 'same' : 'unproved';
}

/** Our own names are ours to give: a definition's label must not make its Secret look like anything. */
function withoutOurs(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith(PREFIX)));
}

function ownerOf({
  apiVersion,
  objectKind,
  name,
  uid,
}: DefinitionReference): NonNullable<NewAdoptedSecret['owner']> {
  return { apiVersion, kind: objectKind, name, uid };
}

function holds(stored: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => stored[name] === value);
}

function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
