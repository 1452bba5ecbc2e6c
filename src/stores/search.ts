import { LatchkeyError } from '../errors.ts';
import type { Fetched, Member } from '../request/evaluate.ts';

/** More members below a path, or of a search, than this is a mistake in it. */
export const MAX_MEMBERS = 500;

export function tooManyMatches(what: 'parameters' | 'secrets'): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    `more than ${MAX_MEMBERS} ${what} match this search`,
    'Narrow the search: a longer path, a stricter expression, or more tags.',
  );
}

export function tooMuchToSearch(what: 'parameters' | 'secrets'): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    `there are too many ${what} to search within one admission`,
    'Search below a path, or by tags.',
  );
}

/** All members, or why one could not be read: a search that leaves something out would be a wrong answer. */
export function allOrError(
  outcomes: readonly (Fetched | LatchkeyError)[],
): readonly Member[] | LatchkeyError {
  const members: Member[] = [];
  for (const outcome of outcomes) {
    if (outcome instanceof LatchkeyError) return outcome;
    members.push(outcome);
  }
  return members;
}
