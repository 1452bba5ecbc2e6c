import { quoted } from '../../quote.ts';
import { checkMetadata, type MetadataKind } from '../eso/metadata.ts';
import { createNotes } from '../eso/notes.ts';
import { isObjectName, OBJECT_NAME_RULE } from '../eso/object-name.ts';
import { createObjectReader, isMapping, type ObjectReader } from '../eso/object-reader.ts';
import { checkSecretKey } from '../secret-key.ts';
import { SECRET_OBJECT_FIELDS } from './fields.ts';
import { MANAGED_BY_DRIVER, type SecretObject } from './provider-class.ts';

export interface SecretObjectSurroundings {
  /** `SecretProviderClass "db"` */
  readonly subject: string;
  /** The paths of the class's files. */
  readonly paths: ReadonlySet<string>;
  /** ` Did you mean …?` for what is none of them. */
  readonly suggest: (path: string) => string;
}

type Files = Pick<SecretObjectSurroundings, 'paths' | 'suggest'>;

/** What a Secret's entry may have in data. */
const MOST_KEYS = 1000;

/**
 * An entry of `secretObjects`. What is wrong with it is its own problem: the files of the class, and its other Secrets, can be
 * had all the same.
 */
export function readSecretObject(
  value: unknown,
  index: number,
  { subject, paths, suggest }: SecretObjectSurroundings,
): SecretObject {
  const field = `spec.secretObjects[${String(index)}]`;
  const notes = createNotes(subject);
  const written = isMapping(value) ? value : {};
  const reader = createObjectReader(written, SECRET_OBJECT_FIELDS, field, notes);
  if (!isMapping(value)) reader.note(undefined, { message: 'it is no mapping', remedy: 'Write a Secret.' });
  const read = {
    name: nameOf(reader),
    type: reader.required('type', 'Write type: Opaque, or what else the Secret is.')?.trim() ?? '',
    labels: metadataOf(reader, 'label'),
    annotations: metadataOf(reader, 'annotation'),
    data: dataOf(reader, { paths, suggest }),
    place: reader.place(),
  };
  return { ...read, problems: notes.problems() ?? [] };
}

function nameOf(reader: ObjectReader): string {
  const name = reader.required('secretName', 'Write the name of the Secret.')?.trim() ?? '';
  if (name !== '' && !isObjectName(name)) {
    reader.note('secretName', {
      message: `${quoted(name)} is no name of a Secret`,
      remedy: OBJECT_NAME_RULE,
    });
  }
  return name;
}

function metadataOf(reader: ObjectReader, kind: MetadataKind): Readonly<Record<string, string>> {
  const texts = reader.textMap(`${kind}s`);
  for (const [key, text] of texts) reader.attempt(`${kind}s[${key}]`, () => checkMetadata(kind, key, text));
  // With the driver's own label, Latchkey would take the Secret for one that the driver made.
  return Object.fromEntries([...texts].filter(([key]) => key !== MANAGED_BY_DRIVER));
}

function dataOf(reader: ObjectReader, files: Files): SecretObject['data'] {
  const entries = reader.objects('data');
  if (entries.length === 0) {
    reader.note('data', {
      message: 'it has no entries',
      remedy: 'Write a key and the file it is taken from.',
    });
  }
  if (entries.length > MOST_KEYS) {
    const message = `it has ${String(entries.length)} entries`;
    reader.note('data', { code: 'LK-LIMIT', message, remedy: `At most ${String(MOST_KEYS)} are read.` });
    return [];
  }
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    const path = pathOf(entry, files);
    const key = entry.required('key', 'Write the key of the Secret.')?.trim() ?? '';
    if (key !== '') entry.attempt('key', () => checkSecretKey(key));
    if (seen.has(key) && key !== '') {
      const remedy = 'Give each key once.';
      entry.note('key', { code: 'LK-CONFLICT', message: `key ${quoted(key)} is there already`, remedy });
    }
    seen.add(key);
    return path === undefined ? [] : [{ path, key, place: entry.place() }];
  });
}

/** The driver looks for a file of exactly this name. */
function pathOf(entry: ObjectReader, { paths, suggest }: Files): string | undefined {
  const name = entry.required('objectName', 'Write the name of a file of the volume.')?.trim();
  if (name === undefined || paths.has(name)) return name;
  entry.note('objectName', {
    message: `the volume has no file ${quoted(name)}`,
    remedy: `Write the name of a file as it is after pathTranslation: an alias, or else the name of an object.${suggest(name)}`,
  });
  return undefined;
}
