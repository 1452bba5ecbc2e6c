import { LatchkeyError } from '../errors.ts';
import { compileRegularExpression } from '../regular-expression.ts';
import type { Find } from '../request/plan.ts';

export type NameMatcher = (name: string) => boolean;

/** Whether a full name matches a search's expression anywhere in it; the error where that is none. */
export function nameMatcher({ name }: Find): NameMatcher | LatchkeyError {
  if (name === undefined) return () => true;
  try {
    const expression = compileRegularExpression(name);
    return (candidate) => expression.matches(candidate);
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
}
