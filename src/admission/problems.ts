import { type LatchkeyError, type Problem, ProblemsError } from '../errors.ts';

/** What answers 503 or 500, so that the registration's failurePolicy decides: it is not the object that is wrong. */
export function isOurFault(error: LatchkeyError): boolean {
  return error.code === 'LK-OVERLOADED' || error.code === 'LK-INTERNAL';
}

/** An error that concerns the pod as a whole, as the problems of a refusal. */
export function problemsOf(
  error: LatchkeyError,
  place = 'pod',
  field = 'spec',
): readonly [Problem, ...Problem[]] {
  if (error instanceof ProblemsError) return error.problems as readonly [Problem, ...Problem[]];
  return [{ code: error.code, place, field, message: error.message, remedy: error.remedy }];
}

export function isNonEmpty<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}
