import type { DefinitionKind, DefinitionReference } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, CustomResource } from '../kubernetes/adoption-api.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import { isDnsSubdomain } from '../kubernetes/object-names.ts';
import { isBeingDeleted } from './being-deleted.ts';
import { DEFINITION_KINDS, definitionName, kindOf, makesSecret, secretNamesOf } from './definition-kinds.ts';
import type { DefinitionIndex } from './definition-index.ts';
import { definitionReference } from './indexed.ts';
import { controllerOf } from './standing.ts';

/** Of definitions that make one Secret, so many are looked at; one is right. */
const MOST_NAMED = 4;

/** A definition as the API server has it now. */
export interface FoundDefinition {
  readonly definition: DefinitionReference;
  /** Raw. */
  readonly object: unknown;
  /** The Secret that is meant, of those that it makes. */
  readonly secretName: string;
  /** Whether it makes the Secret; otherwise it adds to one that something else makes. */
  readonly makes: boolean;
}

export interface FindOptions {
  readonly api: Pick<AdoptionApi, 'object'>;
  readonly index: Pick<DefinitionIndex, 'makers' | 'served'>;
  readonly signal: AbortSignal;
}

/**
 * The definition that makes a Secret. The index says which it is; what it says is read now. Where the index knows none, the
 * definitions of that very name are looked at: one may have been applied a moment ago.
 *
 * @throws LatchkeyError LK-OWNER when several make it
 */
export async function findDefinition(
  namespace: string,
  name: string,
  { api, index, signal }: FindOptions,
): Promise<FoundDefinition | undefined> {
  const { definitions } = await index.makers(namespace, name, signal);
  const candidates =
    definitions.length > 0
      ? definitions.slice(0, MOST_NAMED).map(({ kind, apiVersion, name: own }) => ({ kind, apiVersion, own }))
      : [...index.served(namespace)].map(([kind, version]) => ({
          kind,
          apiVersion: `${DEFINITION_KINDS[kind].group}/${version}`,
          own: name,
        }));
  const looks = await Promise.all(
    candidates.map(async ({ kind, apiVersion, own }) => {
      const object = await api.object(resourceOf(kind, apiVersion), { namespace, name: own }, signal);
      const definition = definitionReference(kind, object);
      const makesIt = secretNamesOf(kind, object).includes(name) && !isBeingDeleted(object);
      if (definition === undefined || !makesIt) return [];
      return [{ definition, object, secretName: name, makes: makesSecret(kind, object) }];
    }),
  );
  const found = looks.flat();
  const makers = found.filter(({ makes }) => makes);
  if (makers.length > 1) throw makeItTogether(makers.map(({ definition }) => definition));
  return makers[0] ?? found[0];
}

/** Whether the definition that a Secret says it belongs to is there, with that uid. */
export async function ownerIsThere(
  stored: StoredSecret,
  { api, index, signal }: FindOptions,
): Promise<boolean> {
  const owner = controllerOf(stored);
  const kind = owner === undefined ? undefined : kindOf(owner.apiVersion, owner.kind);
  if (owner === undefined || kind === undefined || !isDnsSubdomain(owner.name)) return false;
  const { namespace } = stored;
  // The version that it was made with may be served no more.
  const served = index.served(namespace).get(kind);
  const apiVersion = served === undefined ? owner.apiVersion : `${DEFINITION_KINDS[kind].group}/${served}`;
  const object = await api.object(resourceOf(kind, apiVersion), { namespace, name: owner.name }, signal);
  return definitionReference(kind, object)?.uid === owner.uid;
}

function resourceOf(kind: DefinitionKind, apiVersion: string): CustomResource {
  const { group, plural, versions } = DEFINITION_KINDS[kind];
  const [, version = versions[0]] = apiVersion.split('/');
  return { group, plural, version };
}

function makeItTogether(definitions: readonly DefinitionReference[]): LatchkeyError {
  const names = definitions.map(definitionName);
  const together = names.length === 2 ? 'both' : 'all';
  return new LatchkeyError(
    'LK-OWNER',
    `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''} ${together} make it`,
    'Delete all of them but one, or let each make a Secret of its own.',
  );
}
