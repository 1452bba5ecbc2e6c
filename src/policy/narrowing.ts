import type { Problem } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import type { Place } from '../request/plan.ts';
import { anyGlobMatches, type Glob } from './glob.ts';
import { readPattern } from './patterns.ts';

// One annotation cannot make a review expensive.
const MAX_ANNOTATION_LENGTH = 4 * 1024;

const KINDS = {
  'permitted-names': 'name',
  'permitted-roles': 'role',
  'permitted-deliveries': 'delivery',
} as const;

/** One annotation that narrows what the operator permits. */
export interface Narrowing {
  /** The annotation's full key. */
  readonly annotation: string;
  /** Whose annotation it is: `namespace "shop"`. */
  readonly owner: string;
  readonly globs: readonly Glob[];
  /** Why it cannot be read; then it permits nothing. */
  readonly unreadable?: string;
}

/**
 * An annotation with patterns, separated by commas or line ends. Absent: undefined, nothing is narrowed. Present but empty:
 * nothing is permitted.
 */
export function readNarrowing(
  annotations: Readonly<Record<string, string>>,
  name: keyof typeof KINDS,
  owner: string,
): Narrowing | undefined {
  const annotation = `${PREFIX}${name}`;
  const text = Object.hasOwn(annotations, annotation) ? annotations[annotation] : undefined;
  if (text === undefined) return undefined;
  const base = { annotation, owner, globs: [] };
  if (text.length > MAX_ANNOTATION_LENGTH) return { ...base, unreadable: 'it is longer than 4 KiB' };
  const globs: Glob[] = [];
  for (const part of text.split(/[,\n]/)) {
    const pattern = part.trim();
    if (pattern === '') continue;
    const read = readPattern(KINDS[name], pattern);
    if ('message' in read) return { ...base, unreadable: read.message };
    globs.push(read.glob);
  }
  return { ...base, globs };
}

/** The problem that an annotation makes of a role or delivery that it does not permit. */
export function narrowingProblem(
  narrowing: Narrowing | undefined,
  asked: string,
  place: Place,
): Problem | undefined {
  if (narrowing === undefined || anyGlobMatches(narrowing.globs, asked)) return undefined;
  const who = `the annotation ${narrowing.annotation} of the ${narrowing.owner}`;
  const base = { code: 'LK-POLICY', place: place.label, field: place.field } as const;
  if (narrowing.unreadable !== undefined) {
    return {
      ...base,
      message: `${who} cannot be read: ${narrowing.unreadable}`,
      remedy: 'Correct that annotation.',
    };
  }
  const permitted = narrowing.globs.map((glob) => glob.text).join(', ');
  return {
    ...base,
    message: `${quoted(asked, 200)} is not permitted by ${who}`,
    remedy: permitted === '' ? 'It permits nothing.' : `It permits ${printable(permitted, 300)}.`,
  };
}
