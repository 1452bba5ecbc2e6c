import type { Problem } from '../errors.ts';
import { LatchkeyError } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import type { Place } from './plan.ts';

/** Where one step of planning leaves what is wrong, so that the next step still runs and reports its own. */
export type Problems = Problem[];

/** An error at a place. `reference` is the text that it is about, as written. */
export function problemAt(place: Place, error: LatchkeyError, reference?: string): Problem {
  return {
    code: error.code,
    place: place.label,
    field: place.field,
    ...(reference !== undefined && { reference: printable(reference) }),
    message: error.message,
    remedy: error.remedy,
  };
}

/** Runs a step; what it throws on purpose becomes a problem at `place`, and there is no result. */
export function attempt<Result>(
  problems: Problems,
  place: Place,
  step: () => Result,
  reference?: string,
): Result | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    problems.push(problemAt(place, error, reference));
    return undefined;
  }
}

/** The field of one of our annotations on the pod. */
export function annotationField(name: string): string {
  return `metadata.annotations[${PREFIX}${printable(name)}]`;
}

/** The place of an annotation that is not one variable's or file's. */
export function annotationPlace(name: string): Place {
  return { label: `annotation ${PREFIX}${printable(name)}`, field: annotationField(name) };
}

/** The place of one of the namespace's annotations. */
export function namespacePlace(name: string): Place {
  return {
    label: `namespace annotation ${PREFIX}${name}`,
    field: `namespace.metadata.annotations[${PREFIX}${name}]`,
  };
}
