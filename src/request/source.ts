import { LatchkeyError } from '../errors.ts';
import type { Place, Source, Template } from './plan.ts';
import type { Problems } from './problems.ts';
import { attempt } from './problems.ts';
import { parseReference } from './reference.ts';
import type { Reference } from './reference.ts';
import type { Use } from './reference-options.ts';
import { settle } from './settle.ts';
import type { Surroundings } from './settle.ts';
import type { RawTemplate } from './template.ts';

/** More than a pod of any sense asks for; each costs a call or a share of one. */
export const MOST_REFERENCES = 1000;

/** What reading references needs; one for each plan. */
export interface Reader {
  readonly surroundings: Surroundings;
  readonly problems: Problems;
  /** Counts the references of the plan, so that a pod of any size is refused early. */
  readonly count: { references: number };
}

/** A reference that is read and settled; `undefined` when it is a problem. */
export interface ReadSource {
  readonly reference: Reference;
  readonly source: Source;
}

/** Reads one reference and settles it; what is wrong becomes a problem at `place` that shows the reference. */
export function readSource(reader: Reader, text: string, place: Place, use: Use): ReadSource | undefined {
  reader.count.references += 1;
  if (reader.count.references > MOST_REFERENCES) return undefined;
  const read = (): ReadSource => {
    const reference = parseReference(text, use);
    return { reference, source: settle(reference, reader.surroundings) };
  };
  return attempt(reader.problems, place, read, text);
}

/** Reads every reference of a template; each that is wrong is a problem of its own. */
export function readTemplateParts(
  reader: Reader,
  parts: Extract<RawTemplate, { kind: 'mixed' }>['parts'],
  place: Place,
): Template | undefined {
  const template = parts.map((part) =>
    'text' in part ? part.text : readSource(reader, part.reference.trim(), place, 'value')?.source,
  );
  return template.every((part) => part !== undefined) ? template : undefined;
}

/** Reports once that there are too many references. */
export function checkCount({ count, problems }: Pick<Reader, 'count' | 'problems'>): void {
  if (count.references <= MOST_REFERENCES) return;
  attempt(problems, { label: 'pod', field: 'metadata.annotations' }, () => {
    throw new LatchkeyError(
      'LK-LIMIT',
      `the pod holds ${count.references} references`,
      `A pod has at most ${MOST_REFERENCES}: keep values that belong together in one JSON secret and use latchkey.dev/env-from.`,
    );
  });
}
