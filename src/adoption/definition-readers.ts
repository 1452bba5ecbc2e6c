import { ascpRecipe } from '../definitions/ascp/ascp-recipe.ts';
import { readProviderClass, type ReadProviderClass } from '../definitions/ascp/read-provider-class.ts';
import { esoRecipe } from '../definitions/eso/eso-recipe.ts';
import { storesOf, storeTitle } from '../definitions/eso/external-secret.ts';
import { readExternalSecret } from '../definitions/eso/read-external-secret.ts';
import { readStore } from '../definitions/eso/read-store.ts';
import { kesRecipe } from '../definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../definitions/kes/read-spec.ts';
import type { DefinitionContext } from '../definitions/recipe.ts';
import { readSealedSecret } from '../definitions/sealed-secret/read-sealed-secret.ts';
import { sealedRecipe } from '../definitions/sealed-secret/sealed-recipe.ts';
import { recordAt, textAt } from '../manifests/objects.ts';
import { loadJmesPath } from '../request/jmes-path.ts';
import { createLru } from '../stores/lru.ts';
import type { DefinitionReader, DefinitionReaders } from './read-definition.ts';

const readKes: DefinitionReader = async ({ object, definition, context }) => {
  const read = readKesSpec(object);
  if (read.kind === 'problems') return read;
  const made = kesRecipe(read.spec, definition, context);
  return made.kind === 'problems' ? made : { ...made, stores: [] };
};

const readEso: DefinitionReader = async ({ object, definition, context, store }) => {
  const read = readExternalSecret(object);
  if (read.kind === 'problems') return read;
  const { spec } = read;
  const references = storesOf(spec);
  const stores = new Map(
    await Promise.all(
      references.map(async (reference) => {
        const found = await store(reference);
        return [storeTitle(reference), found === undefined ? undefined : readStore(found)] as const;
      }),
    ),
  );
  const of = (reference: (typeof references)[number]) => stores.get(storeTitle(reference));
  const made = esoRecipe({ spec, definition, context, stores: of });
  return made.kind === 'problems' ? made : { ...made, stores: references };
};

const readSealed: DefinitionReader = async ({ object, definition, context }) => {
  const read = readSealedSecret(object);
  if (read.kind === 'problems') return read;
  const made = sealedRecipe(read.spec, definition, context);
  return made.kind === 'problems' ? made : { ...made, stores: [] };
};

/** Classes that were read a moment ago. */
const REMEMBERED = 16;

/** One class may make all Secrets of a pod, and what it lists is YAML of any length: it is read once for all of them. */
function createReadAscp(): DefinitionReader {
  const known = createLru<ReadProviderClass>(REMEMBERED);

  function readOnce(object: unknown, context: DefinitionContext): ReadProviderClass {
    const metadata = recordAt(object, 'metadata');
    const version = [textAt(metadata, 'uid'), textAt(metadata, 'resourceVersion')];
    if (version.includes(undefined)) return readProviderClass(object, context);
    const key = JSON.stringify([...version, context.region ?? null]);
    const read = known.get(key) ?? readProviderClass(object, context);
    known.set(key, read);
    return read;
  }

  return async ({ object, definition, context, secretName }) => {
    const read = readOnce(object, context);
    if (read.kind === 'problems') return read;
    const { providerClass } = read;
    const isAsked = providerClass.files.some(({ source }) => source.jmesPath !== undefined);
    const jmesPath = isAsked ? await loadJmesPath() : undefined;
    const made = ascpRecipe({ providerClass, secretName, definition, context, jmesPath });
    return made.kind === 'problems' ? made : { ...made, stores: [] };
  };
}

/** Who reads which kind. */
export function createDefinitionReaders(): DefinitionReaders {
  return { kes: readKes, eso: readEso, 'sealed-secret': readSealed, ascp: createReadAscp() };
}
