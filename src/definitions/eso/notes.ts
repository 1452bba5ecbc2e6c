import type { Code, Problem } from '../../errors.ts';
import { LatchkeyError } from '../../errors.ts';
import { printable } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import { problemAt } from '../../request/problems.ts';

/** More than this nobody reads; a hostile object may have a hundred thousand. */
const MOST_NOTES = 50;

/** What is wrong, in the words of the one who wrote it. */
export interface Note {
  readonly code?: Code;
  /** Lower case, no full stop. */
  readonly message: string;
  /** One or two sentences. */
  readonly remedy: string;
}

/** Collects what is wrong with one object (or with what its parts became), each with its place, and never stops. */
export interface Notes {
  /** A place in the object: `ExternalSecret "db", spec.target`. */
  place(field: string): Place;
  /** A note that takes work is made only where it is kept. */
  add(place: Place, note: Note | (() => Note)): void;
  /** Runs a step; what it throws on purpose is noted, and there is no result. `text` is what it is about, as written. */
  attempt<Result>(place: Place, step: () => Result, text?: string): Result | undefined;
  /** Takes over problems that were found elsewhere. */
  take(problems: readonly Problem[]): void;
  /** Adds what ends the reading, and gives all of them. */
  failed(place: Place, note: Note): readonly [Problem, ...Problem[]];
  /** All of them, or as many as somebody reads and the number of the others. */
  problems(): readonly [Problem, ...Problem[]] | undefined;
}

function problemOf(place: Place, { code = 'LK-DEFINITION', message, remedy }: Note): Problem {
  return { code, place: place.label, field: place.field, message, remedy };
}

/** @param subject the object in the user's words: `ExternalSecret "db"` */
export function createNotes(subject: string): Notes {
  const kept: Problem[] = [];
  let left = 0;

  function keep(problem: Problem): void {
    if (kept.length < MOST_NOTES) kept.push(problem);
    else left += 1;
  }

  function add(place: Place, note: Note | (() => Note)): void {
    if (kept.length >= MOST_NOTES) {
      left += 1;
      return;
    }
    keep(problemOf(place, typeof note === 'function' ? note() : note));
  }

  function failed(place: Place, note: Note): readonly [Problem, ...Problem[]] {
    add(place, note);
    return problems() ?? [problemOf(place, note)];
  }

  function attempt<Result>(place: Place, step: () => Result, text?: string): Result | undefined {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      keep(problemAt(place, error, text));
      return undefined;
    }
  }

  function problems(): readonly [Problem, ...Problem[]] | undefined {
    const [first, ...rest] = kept;
    if (first === undefined) return undefined;
    if (left === 0) return [first, ...rest];
    const more: Problem = {
      code: 'LK-LIMIT',
      place: subject,
      field: '',
      message: `there are ${left} more problems`,
      remedy: 'Correct these first.',
    };
    return [first, ...rest, more];
  }

  return {
    place: (field) => ({ label: `${subject}, ${printable(field)}`, field: printable(field) }),
    add,
    failed,
    attempt,
    take: (found) => found.forEach(keep),
    problems,
  };
}
