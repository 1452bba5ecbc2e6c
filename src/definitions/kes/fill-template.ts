// The template of a definition: read once, filled in with the data of each composing.

import { LatchkeyError } from '../../errors.ts';
import type { Place } from '../../request/plan.ts';
import { SecretValue } from '../../secret-value.ts';
import { DEFAULT_LIMITS } from '../../templates/limits.ts';
import { isLabelValue, MOST_ANNOTATION_BYTES } from '../object-metadata.ts';
import { MOST_SECRET_BYTES } from '../secret-size.ts';
import { decodeBinary } from './binary.ts';
import type { Findings } from './findings.ts';
import { wrong } from './shape.ts';
import type { KesTemplate, KesTemplatePart, KesTemplateText } from './spec.ts';
import { readKesText, templateValues } from './template-text.ts';
import type { KesText } from './template-text.ts';

/** One text of the template, ready to be filled in. */
interface Filling extends KesTemplateText {
  readonly text: KesText;
}

export type Fillings = Readonly<Record<KesTemplatePart, readonly Filling[]>>;

const PARTS = ['labels', 'annotations', 'data', 'stringData'] as const;
const NONE: Fillings = { labels: [], annotations: [], data: [], stringData: [] };

/** What a template adds to a Secret. */
export interface Filled {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of `data`, where nothing was fetched for the key. */
  readonly data: ReadonlyMap<string, SecretValue>;
  /** Of `stringData`, which wins over everything. */
  readonly stringData: ReadonlyMap<string, SecretValue>;
}

type Data = ReadonlyMap<string, SecretValue>;

/** More texts than this are no template: each may loop by itself. */
const MOST_TEXTS = 500;
/** What all texts of one template may use together; none more than a template by itself. */
const ALL_STEPS = 10 * DEFAULT_LIMITS.steps;
const MOST_BYTES = 4 * MOST_SECRET_BYTES;

/** Reads every text; one that cannot be read, or does what no template may, is a problem with its line. */
export function readFillings(template: KesTemplate, place: Place, findings: Findings): Fillings {
  const count = PARTS.reduce((sum, part) => sum + template[part].length, 0);
  if (count > MOST_TEXTS) {
    findings.refuse(place, () =>
      wrong(`its template has ${count} texts`, `At most ${MOST_TEXTS} are filled in.`),
    );
    return NONE;
  }
  const read = (part: KesTemplatePart): readonly Filling[] =>
    template[part].flatMap((each) => {
      const text = findings.attempt(each.place, () => readKesText(each.value, each.name));
      return text === undefined ? [] : [{ ...each, text }];
    });
  return {
    labels: read('labels'),
    annotations: read('annotations'),
    data: read('data'),
    stringData: read('stringData'),
  };
}

/** Fills the texts in. What Kubernetes would not take is a problem; no text of a value is in any. */
export function fillTemplate(fillings: Fillings, fetched: Data, findings: Findings): Filled {
  const values = templateValues(fetched);
  const count = PARTS.reduce((sum, part) => sum + fillings[part].length, 0);
  const limits = { steps: Math.min(DEFAULT_LIMITS.steps, Math.floor(ALL_STEPS / Math.max(1, count))) };
  let bytes = 0;
  const fillOne = ({ name, place, text: template }: Filling): string => {
    if (bytes > MOST_BYTES) throw tooMuch();
    const { text, mangled, gap } = template.fill(values, limits);
    if (gap) findings.warn(place, () => GAP);
    if (mangled) findings.warn(place, () => MANGLED);
    bytes += name.length + Buffer.byteLength(text);
    return text;
  };
  const fill = <Value>(
    part: KesTemplatePart,
    make: (text: string, name: string) => Value | undefined,
  ): readonly (readonly [string, Value])[] =>
    fillings[part].flatMap((filling) => {
      const { name, place } = filling;
      const made = findings.attempt(place, () => make(fillOne(filling), name));
      return made === undefined ? [] : [[name, made] as const];
    });
  const annotations = fill('annotations', (text) => text);
  checkAnnotations(fillings, annotations, findings);
  return {
    labels: Object.fromEntries(fill('labels', checkedLabel)),
    annotations: Object.fromEntries(annotations),
    data: new Map(fill('data', (text, name) => (fetched.has(name) ? undefined : decodedData(text)))),
    stringData: new Map(fill('stringData', (text) => new SecretValue(text))),
  };
}

function tooMuch(): LatchkeyError {
  return new LatchkeyError(
    'LK-TOO-LARGE',
    `all texts of the template have more than ${MOST_BYTES / MOST_SECRET_BYTES} MiB together`,
    'Make less text: a Secret holds 1 MiB.',
  );
}

const GAP = 'an expression has no value and is written as nothing, as in KES';
const MANGLED = 'a value has characters beyond ASCII, of which KES would have made others';

function checkedLabel(text: string): string {
  if (isLabelValue(text)) return text;
  throw wrong(
    'what the template gives cannot be the value of a label',
    'A value has at most 63 letters, digits and - _ . and begins and ends with a letter or digit; an annotation takes any text.',
  );
}

function checkAnnotations(
  { annotations: [first] }: Fillings,
  annotations: readonly (readonly [string, string])[],
  findings: Findings,
): void {
  const bytes = annotations.reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(text), 0);
  if (first === undefined || bytes <= MOST_ANNOTATION_BYTES) return;
  findings.refuse(
    first.place,
    () =>
      new LatchkeyError(
        'LK-TOO-LARGE',
        `all annotations together have ${bytes} bytes`,
        `Kubernetes takes at most ${MOST_ANNOTATION_BYTES}.`,
      ),
  );
}

/** As the API server decodes it. */
function decodedData(text: string): SecretValue {
  const { bytes, isBase64 } = decodeBinary(text);
  if (isBase64) return new SecretValue(bytes);
  throw new LatchkeyError(
    'LK-ENCODING',
    'what the template gives is not base64',
    'Encode it within the template, or move the entry to stringData, which takes plain text.',
  );
}
