import type { Composed, Ingredients, Recipe } from '../definitions/recipe.ts';
import { LatchkeyError, type Code, type Problem } from '../errors.ts';
import { printable } from '../quote.ts';
import { problemAt } from '../request/problems.ts';

/** Of a problem in composing, only whether something exists or is permitted may be told. */
const ABOUT_EXISTENCE: ReadonlySet<Code> = new Set<Code>(['LK-NOT-FOUND', 'LK-EMPTY', 'LK-POLICY']);

/**
 * What a dry run may say: whether everything is there and permitted, and nothing that hangs on a value. Whether a Secret of
 * AWS that does not exist matters is the definition's business, so it is composed, and its result is not looked at.
 */
export function existenceProblems(recipe: Recipe, ingredients: Ingredients): readonly Problem[] {
  const failed = recipe.questions.flatMap(({ access, address, place, text }) => {
    const answers = ingredients.answers(access);
    const isMany = address.below !== undefined || address.find !== undefined;
    const answer = isMany ? answers.many(address) : answers.one(address);
    if (!(answer instanceof LatchkeyError) || answer.code === 'LK-NOT-FOUND') return [];
    const { code, message, remedy } = answer;
    const reference = printable(text);
    return [{ code, place: place.label, field: place.field, reference, message, remedy }];
  });
  const closed = (recipe.sealed ?? []).flatMap((question) => {
    const value = ingredients.opened?.(question);
    return value instanceof LatchkeyError ? [problemAt(question.place, value)] : [];
  });
  const said = [...failed, ...closed];
  return said.length > 0 ? said : absentIn(recipe.compose(ingredients));
}

function absentIn(composed: Composed): readonly Problem[] {
  return composed.kind === 'problems'
    ? composed.problems.filter(({ code }) => ABOUT_EXISTENCE.has(code))
    : [];
}
