import type { Problem } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { scopeOf } from '../../sealed/scope.ts';
import { createNotes, type Notes } from '../eso/notes.ts';
import { isObjectName, OBJECT_NAME_RULE } from '../eso/object-name.ts';
import { createObjectReader, isMapping, type ObjectReader } from '../eso/object-reader.ts';
import { checkSecretKey } from '../secret-key.ts';
import { SPEC_FIELDS } from './fields.ts';
import { MOST_ENTRIES, tooMany } from './limits.ts';
import { entryOf, readTemplate, templateWarnings } from './read-template.ts';
import type { Entry, SealedSecretSpec } from './sealed-secret.ts';

export type ReadSealedSecret =
  | { readonly kind: 'spec'; readonly spec: SealedSecretSpec }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

export const SKIP_OWNER_ANNOTATION = 'sealedsecrets.bitnami.com/skip-set-owner-references';
const VERSION = 'bitnami.com/v1alpha1';

/** Reads a SealedSecret: raw JSON to a spec, or everything that is wrong with it. Never throws. */
export function readSealedSecret(object: unknown): ReadSealedSecret {
  const { apiVersion, kind, metadata, spec } = isMapping(object) ? object : {};
  const name = isMapping(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
  const notes = createNotes(`SealedSecret ${quoted(name)}`);
  if (kind !== 'SealedSecret' || apiVersion !== VERSION) return refused(notes, 'kind', OTHER_KIND);
  if (!isMapping(spec)) return refused(notes, 'spec', { message: 'it is no mapping', remedy: 'Write it.' });
  if (!isObjectName(name)) {
    const message = 'it is no name of an object';
    notes.add(notes.place('metadata.name'), { message, remedy: OBJECT_NAME_RULE });
  }
  const reader = createObjectReader(spec, SPEC_FIELDS, 'spec', notes);
  const template = readTemplate(reader.object('template'), spec['template'], notes);
  const read: SealedSecretSpec = {
    name,
    scope: scopeOf(annotationsOf(metadata)),
    encryptedData: encryptedDataOf(reader, notes),
    template,
    owned: !template.annotations.some(({ key, text }) => key === SKIP_OWNER_ANNOTATION && text === 'true'),
    warnings: templateWarnings(spec['template'], notes),
  };
  const problems = notes.problems();
  return problems === undefined ? { kind: 'spec', spec: read } : { kind: 'problems', problems };
}

const OTHER_KIND = {
  message: 'it is no SealedSecret',
  remedy: `A SealedSecret has apiVersion ${VERSION}.`,
};

function refused(
  notes: Notes,
  field: string,
  note: { readonly message: string; readonly remedy: string },
): ReadSealedSecret {
  return { kind: 'problems', problems: notes.failed(notes.place(field), note) };
}

function annotationsOf(metadata: unknown): Readonly<Record<string, string>> {
  const found = isMapping(metadata) ? metadata['annotations'] : undefined;
  const texts = Object.entries(isMapping(found) ? found : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

function encryptedDataOf(reader: ObjectReader, notes: Notes): readonly Entry[] {
  const name = 'encryptedData';
  const found = [...reader.textMap(name)].map((entry) => entryOf(notes, `spec.${name}`, entry));
  if (found.length > MOST_ENTRIES) reader.note(name, tooMany(found.length));
  else for (const { key, place } of found) notes.attempt(place, () => checkSecretKey(key));
  return found;
}
