import { kesRecipe } from '../definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../definitions/kes/read-spec.ts';
import type { DefinitionReader, DefinitionReaders } from './read-definition.ts';

const readKes: DefinitionReader = async ({ object, definition, context }) => {
  const read = readKesSpec(object);
  if (read.kind === 'problems') return read;
  const made = kesRecipe(read.spec, definition, context);
  return made.kind === 'problems' ? made : { ...made, stores: [] };
};

const readEso: DefinitionReader = async ({ definition: { name } }) => ({
  kind: 'problems',
  problems: [{ code: 'LK-DEFINITION', place: name, field: '', message: 'not merged', remedy: '' }],
});

/** Who reads which kind. */
export const DEFINITION_READERS: DefinitionReaders = { kes: readKes, eso: readEso };
