import type { Problem } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { isObjectName, OBJECT_NAME_RULE } from './object-name.ts';
import { createNotes } from './notes.ts';
import type { Note, Notes } from './notes.ts';
import { createObjectReader, isMapping } from './object-reader.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Fields } from './fields.ts';
import { WORKS } from './fields.ts';

export const GROUP = 'external-secrets.io';
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`];

/** Kinds of the same family that nothing is made of, each with the way out. */
const OTHER_KINDS: ReadonlyMap<string, Note> = new Map([
  [
    'ClusterExternalSecret',
    {
      message: 'it makes ExternalSecrets, not Secrets',
      remedy:
        'Keep it with External Secrets Operator: the ExternalSecrets that it makes are read where they are.',
    },
  ],
  [
    'PushSecret',
    {
      message: 'it writes to AWS, and Latchkey only reads',
      remedy: 'Keep it with External Secrets Operator.',
    },
  ],
  [
    'ClusterPushSecret',
    {
      message: 'it writes to AWS, and Latchkey only reads',
      remedy: 'Keep it with External Secrets Operator.',
    },
  ],
]);

/** What every object of the family begins with. */
export interface Head<Kind extends string> {
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly spec: ObjectReader;
  readonly notes: Notes;
}

export type HeadReading<Kind extends string> =
  | { readonly kind: 'head'; readonly head: Head<Kind> }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/** Only what is read of it; the API server knows the rest. */
const METADATA: Fields = { name: WORKS, namespace: WORKS, labels: WORKS, annotations: WORKS };

function textOf(value: unknown, name: string): string {
  const found = isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof found === 'string' ? found : '';
}

function refusal(field: string, subject: string, note: Note): HeadReading<never> {
  const { code = 'LK-DEFINITION', message, remedy } = note;
  return {
    kind: 'problems',
    problems: [{ code, place: `${subject}, ${field}`, field, message, remedy }],
  };
}

/** Why an object of this apiVersion and kind is not read at all. */
function headNote(apiVersion: string, kind: string, kinds: readonly string[]): [string, Note] | undefined {
  if (apiVersion.startsWith(`generators.${GROUP}/`)) {
    const remedy =
      'Keep it, and what uses it, with External Secrets Operator: Latchkey only reads what AWS stores.';
    return ['apiVersion', { message: 'generators make values of their own', remedy }];
  }
  const other = OTHER_KINDS.get(kind);
  if (other !== undefined) return ['kind', other];
  if (!kinds.includes(kind)) {
    const remedy = `Known here: ${kinds.join(', ')}.${didYouMean(kind, kinds)}`;
    return ['kind', { message: `${quoted(kind)} is not read here`, remedy }];
  }
  if (VERSIONS.includes(apiVersion)) return undefined;
  const message = `${quoted(apiVersion)} is not a version that is read`;
  return ['apiVersion', { message, remedy: `Write it as ${VERSIONS.join(' or ')}.` }];
}

function metadataOf(value: Readonly<Record<string, unknown>>, notes: Notes): ObjectReader {
  const metadata = isMapping(value['metadata']) ? value['metadata'] : {};
  const read = Object.entries(metadata).filter(([name]) => Object.hasOwn(METADATA, name));
  return createObjectReader(Object.fromEntries(read), METADATA, 'metadata', notes);
}

/** Reads what stands around `spec`. Other kinds and versions are refused; what is wrong in `spec` is noted later. */
export function readHead<Kind extends string>(
  value: unknown,
  kinds: readonly Kind[],
  specFields: Fields,
): HeadReading<Kind> {
  const apiVersion = textOf(value, 'apiVersion');
  const kind = textOf(value, 'kind');
  const name = isMapping(value) ? textOf(value['metadata'], 'name') : '';
  const subject = `${kinds.find((each) => each === kind) ?? 'object'} ${quoted(name)}`;
  const note = headNote(apiVersion, kind, kinds);
  if (note !== undefined) return refusal(note[0], subject, note[1]);
  const known = kinds.find((each) => each === kind);
  if (!isMapping(value) || known === undefined) {
    return refusal('kind', subject, { message: 'it is no object', remedy: 'Write a Kubernetes manifest.' });
  }
  const written = value['spec'] ?? {};
  if (!isMapping(written)) {
    return refusal('spec', subject, { message: 'it is no mapping', remedy: 'Write the fields of `spec`.' });
  }
  const notes = createNotes(subject);
  const metadata = metadataOf(value, notes);
  if (!isObjectName(name)) {
    metadata.note('name', { message: 'it is no name of an object', remedy: OBJECT_NAME_RULE });
  }
  const namespace = metadata.text('namespace');
  const head = {
    kind: known,
    apiVersion,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: metadata.textMap('labels'),
    annotations: metadata.textMap('annotations'),
    spec: createObjectReader(written, specFields, 'spec', notes),
    notes,
  };
  return { kind: 'head', head };
}
