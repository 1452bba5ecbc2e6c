import type { DefinitionContext, Recipe } from '../definitions/recipe.ts';
import { ProblemsError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import { DEFINITION_KINDS } from './definition-kinds.ts';
import type { FoundDefinition } from './find-definition.ts';
import type { StoreReference } from './lending.ts';
import type { DefinitionReaders } from './read-definition.ts';

export interface RecipeOptions {
  readonly api: Pick<AdoptionApi, 'object'>;
  readonly readers: DefinitionReaders;
  readonly context: DefinitionContext;
  readonly signal: AbortSignal;
}

const STORES = { SecretStore: 'secretstores', ClusterSecretStore: 'clustersecretstores' } as const;

/**
 * What is to be done for a definition, and the stores that it reads from.
 * @throws ProblemsError with everything that is wrong with it
 */
export async function readRecipe(
  { definition, object, secretName }: FoundDefinition,
  { api, readers, context, signal }: RecipeOptions,
): Promise<{ readonly recipe: Recipe; readonly stores: readonly StoreReference[] }> {
  const { kind, apiVersion, namespace } = definition;
  const [, version = ''] = apiVersion.split('/');
  const read = await readers[kind]({
    definition,
    object,
    secretName,
    context,
    store: ({ kind: storeKind, name }) =>
      api.object(
        { group: DEFINITION_KINDS[kind].group, version, plural: STORES[storeKind] },
        storeKind === 'SecretStore' ? { namespace, name } : { name },
        signal,
      ),
  });
  if (read.kind === 'problems') throw new ProblemsError(read.problems);
  return read;
}
