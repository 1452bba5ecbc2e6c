import type { Problem } from '../errors.ts';
import { LatchkeyError } from '../errors.ts';
import type { POD_ANNOTATIONS } from '../names.ts';
import { PREFIX } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import { isOurAnnotation, readAnnotationName } from './annotation-names.ts';
import { readBlock } from './block-form.ts';
import type { Place } from './plan.ts';
import type { Problems } from './problems.ts';
import { annotationField, annotationPlace, attempt, problemAt } from './problems.ts';
import { slotLabel } from './slot.ts';
import { checkCount, MOST_REFERENCES } from './source.ts';

/** One variable or file that an annotation asks for; nothing of it is checked yet. */
export interface Wish {
  readonly kind: 'env' | 'file';
  readonly name: string;
  readonly value: string;
  readonly place: Place;
  /** For a second wish of the same name: `latchkey.dev/env.NAME` or `latchkey.dev/env, line 3`. */
  readonly origin: string;
}

/** One line of `env-from` or `files-from`. */
export interface BulkWish {
  readonly kind: 'env' | 'file';
  readonly reference: string;
  readonly place: Place;
}

type PlainName = (typeof POD_ANNOTATIONS)[number];
/** The annotations that set something for the whole pod. */
export type SettingName = Exclude<PlainName, 'env' | 'env-from' | 'files' | 'files-from'>;

export interface Asked {
  readonly wishes: readonly Wish[];
  readonly bulkWishes: readonly BulkWish[];
  readonly settings: ReadonlyMap<SettingName, string>;
}

/** What the API server allows for all annotations of an object together. */
export const MOST_TEXT = 256 * 1024;
/** A reference each, and some that set something. */
const MOST_ANNOTATIONS = MOST_REFERENCES + 100;

interface Collected {
  readonly wishes: Wish[];
  readonly bulkWishes: BulkWish[];
  readonly settings: Map<SettingName, string>;
}

function wishOf(asked: Pick<Wish, 'kind' | 'name' | 'value'>, annotation: string, line?: number): Wish {
  const { kind, name } = asked;
  const slot = kind === 'env' ? ({ kind, name } as const) : ({ kind, path: name } as const);
  const where = line === undefined ? '' : `, line ${line}`;
  return {
    ...asked,
    place: { label: slotLabel(slot), field: annotationField(annotation) },
    origin: `${annotationField(annotation)}${where}`,
  };
}

function readBlockInto(into: Collected, annotation: 'env' | 'files', text: string): void {
  const kind = annotation === 'env' ? 'env' : 'file';
  for (const { key, value, line } of readBlock(text))
    into.wishes.push(wishOf({ kind, name: key, value }, annotation, line));
}

function readLinesInto(into: Collected, annotation: 'env-from' | 'files-from', text: string): void {
  const place = annotationPlace(annotation);
  const references = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (references.length === 0) {
    throw new LatchkeyError(
      'LK-NO-REFERENCE',
      'the value is empty, so it holds no reference',
      'Write one reference a line; a tool such as Helm or envsubst may have substituted it away.',
    );
  }
  const kind = annotation === 'env-from' ? 'env' : 'file';
  for (const reference of references) {
    into.bulkWishes.push({ kind, reference, place: { label: annotation, field: place.field } });
  }
}

function readOne(into: Collected, suffix: string, text: string): void {
  const found = readAnnotationName(suffix);
  if (found.kind !== 'plain') {
    into.wishes.push(wishOf({ kind: found.kind, name: found.name, value: text }, suffix));
    return;
  }
  const { name } = found;
  if (name === 'env' || name === 'files') readBlockInto(into, name, text);
  else if (name === 'env-from' || name === 'files-from') readLinesInto(into, name, text);
  else into.settings.set(name, text);
}

/** Sorts a pod's `latchkey.dev/` annotations; each that cannot be read is a problem of its own. Others are not looked at. */
export function readAnnotations(annotations: Readonly<Record<string, string>>, problems: Problems): Asked {
  const into: Collected = { wishes: [], bulkWishes: [], settings: new Map() };
  const ours = Object.entries(annotations).filter(([key]) => isOurAnnotation(key));
  attempt(problems, { label: 'annotations', field: 'metadata.annotations' }, () => {
    checkSize(ours);
    for (const [key, text] of ours) {
      const suffix = key.slice(PREFIX.length);
      if (key.startsWith(PREFIX))
        attempt(problems, annotationPlace(suffix), () => readOne(into, suffix, text));
      else problems.push(capitals(key));
    }
  });
  return bounded(into, problems);
}

function checkSize(ours: readonly (readonly [string, string])[]): void {
  const size = ours.reduce((sum, [key, text]) => sum + key.length + text.length, 0);
  if (size > MOST_TEXT) {
    throw new LatchkeyError(
      'LK-LIMIT',
      `the ${PREFIX} annotations have ${size} characters`,
      `Kubernetes allows ${MOST_TEXT} bytes for all annotations of a pod together.`,
    );
  }
  if (ours.length <= MOST_ANNOTATIONS) return;
  throw new LatchkeyError(
    'LK-LIMIT',
    `the pod has ${ours.length} ${PREFIX} annotations`,
    'Use the block form, where one annotation asks for many.',
  );
}

/** Each wish holds a reference, and what is wrong with each would be a problem of its own: too many are one. */
function bounded(into: Collected, problems: Problems): Asked {
  const references = into.wishes.length + into.bulkWishes.length;
  if (references <= MOST_REFERENCES) return into;
  checkCount({ count: { references }, problems });
  return { wishes: [], bulkWishes: [], settings: into.settings };
}

function capitals(key: string): Problem {
  const name = printable(key);
  const error = new LatchkeyError(
    'LK-UNKNOWN',
    'the prefix is not written in lower case',
    `Write ${quoted(PREFIX + key.slice(PREFIX.length))}.`,
  );
  return problemAt({ label: `annotation ${name}`, field: `metadata.annotations[${name}]` }, error);
}
