import type { Problem } from '../../errors.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Place } from '../../request/plan.ts';
import { problemAt } from '../../request/problems.ts';

/** What is wrong or surprising about one definition. Only so much of it is worded: a definition may hold a mebibyte of slips. */
export interface Findings {
  /** Notes a problem. `error` is only called while there is room. */
  refuse(place: Place, error: () => LatchkeyError, reference?: string): void;
  /** Notes something that is done differently from what its author may think. */
  warn(place: Place, text: () => string): void;
  /** Runs a step; what it throws on purpose is a problem at `place`, and there is no result. */
  attempt<Result>(place: Place, step: () => Result, reference?: string): Result | undefined;
  /** Whether something is wrong. */
  refused(): boolean;
  problems(): readonly Problem[];
  /** Each with its place: `ExternalSecret db, key "user": …`. */
  warnings(): readonly string[];
}

const MOST_PROBLEMS = 50;
const MOST_WARNINGS = 20;

/** An empty list of findings. `whole` is where stands how many more there are. */
export function createFindings(whole: Place): Findings {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  let problemsLeft = 0;
  let warningsLeft = 0;

  function refuse(place: Place, error: () => LatchkeyError, reference?: string): void {
    if (problems.length < MOST_PROBLEMS) problems.push(problemAt(place, error(), reference));
    else problemsLeft += 1;
  }

  return {
    refuse,
    warn(place, text) {
      if (warnings.length < MOST_WARNINGS) warnings.push(`${place.label}: ${text()}`);
      else warningsLeft += 1;
    },
    attempt(place, step, reference) {
      try {
        return step();
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error;
        refuse(place, () => error, reference);
        return undefined;
      }
    },
    refused: () => problems.length > 0,
    problems: () => (problemsLeft === 0 ? problems : [...problems, moreProblems(whole, problemsLeft)]),
    warnings: () =>
      warningsLeft === 0 ? warnings : [...warnings, `${whole.label}: and ${warningsLeft} more warnings`],
  };
}

function moreProblems(whole: Place, left: number): Problem {
  const error = new LatchkeyError('LK-LIMIT', `and ${left} more problems`, 'Correct those above first.');
  return problemAt(whole, error);
}
