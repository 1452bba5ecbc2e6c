import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Plan, Source } from '../request/plan.ts';
import { slotLabel } from '../request/slot.ts';

/** One reference that went into a managed Secret, and which version the store answered. Never a value. */
export interface SecretSource {
  /** What it was read for, in the user's words. */
  readonly place: string;
  readonly reference: string;
  /** As the store says it; absent where there was nothing to read. */
  readonly version?: string;
}

/** All annotations of an object have 256 KiB together; this one is for people. */
const MAX_TEXT = 16 * 1024;
const MAX_REFERENCE = 300;

/** What of a plan was read, and in which version. */
export function secretSources(
  plan: Pick<Plan, 'items' | 'bulks'>,
  answers: Answers,
): readonly SecretSource[] {
  return [
    ...plan.items.flatMap(({ slot, template }) =>
      template
        .filter((part) => typeof part !== 'string')
        .map((source) => toSource(slotLabel(slot), source, answers)),
    ),
    ...plan.bulks.map(({ source, place }) => toSource(place.label, source, answers)),
  ];
}

function toSource(place: string, source: Source, answers: Answers): SecretSource {
  // A whole path has no version of its own.
  const answer = source.address.below === undefined ? answers.one(source.address) : undefined;
  const reference = source.text;
  return answer === undefined || answer instanceof LatchkeyError
    ? { place, reference }
    : { place, reference, version: answer.version };
}

/** One line a reference, bounded: `env TEST_VALUE: ssm:/staging/test-app/TEST_VALUE (version 3)`. */
export function sourcesText(sources: readonly SecretSource[]): string {
  const lines: string[] = [];
  let size = 0;
  for (const { place, reference, version } of sources) {
    const suffix = version === undefined ? '' : ` (version ${printable(version)})`;
    const line = `${printable(place)}: ${printable(reference, MAX_REFERENCE)}${suffix}`;
    size += Buffer.byteLength(line) + 1;
    if (size > MAX_TEXT) return [...lines, `and ${sources.length - lines.length} more`].join('\n');
    lines.push(line);
  }
  return lines.join('\n');
}
