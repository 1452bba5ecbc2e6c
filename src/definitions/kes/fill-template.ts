// The template of a definition: read once, filled in with the data of each composing.

import { LatchkeyError } from '../../errors.ts';
import { SecretValue } from '../../secret-value.ts';
import { isLabelValue, MOST_ANNOTATION_BYTES } from '../object-metadata.ts';
import { decodeBinary } from './binary.ts';
import type { Findings } from './findings.ts';
import { wrong } from './shape.ts';
import type { KesTemplate, KesTemplatePart, KesTemplateText } from './spec.ts';
import { readKesText } from './template-text.ts';
import type { KesText } from './template-text.ts';

/** One text of the template, ready to be filled in. */
interface Filling extends KesTemplateText {
  readonly text: KesText;
}

export type Fillings = Readonly<Record<KesTemplatePart, readonly Filling[]>>;

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

/** Reads every text; one that cannot be read, or does what no template may, is a problem with its line. */
export function readFillings(template: KesTemplate, findings: Findings): Fillings {
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
  const fill = <Value>(
    part: KesTemplatePart,
    make: (text: string, name: string) => Value | undefined,
  ): readonly (readonly [string, Value])[] =>
    fillings[part].flatMap((filling) => {
      const { name, place, text } = filling;
      const made = findings.attempt(place, () => make(text.fill(fetched, findings, place), name));
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
