import { LatchkeyError } from '../errors.ts';
import type { Find } from '../request/plan.ts';
import { compileRegularExpression } from '../templates/regular-expression.ts';
import { Fault } from '../templates/template-error.ts';

export type NameMatcher = (name: string) => boolean;

/**
 * Whether a full name matches a search's expression anywhere in it; the error where that is none. The matcher throws
 * LK-SYNTAX for an expression that is too large for the names that there are.
 */
export function nameMatcher({ name }: Find): NameMatcher | LatchkeyError {
  if (name === undefined) return () => true;
  try {
    const expression = told(() => compileRegularExpression(name));
    return (candidate) => told(() => expression.test(candidate));
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
}

function told<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new LatchkeyError('LK-SYNTAX', error.message, error.remedy);
  }
}
