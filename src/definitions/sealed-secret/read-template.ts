import { printable } from '../../quote.ts';
import { checkMetadata } from '../eso/metadata.ts';
import type { Notes } from '../eso/notes.ts';
import { isMapping, type ObjectReader } from '../eso/object-reader.ts';
import { checkSecretKey } from '../secret-key.ts';
import { TEMPLATE_METADATA } from './fields.ts';
import { MOST_ENTRIES, tooMany } from './limits.ts';
import type { Entry, SealedSecretSpec } from './sealed-secret.ts';
import { parsedTemplate } from './template.ts';

type Template = SealedSecretSpec['template'];

/** @param template raw: a null in its `data` says something, and readers take it for absent */
export function readTemplate(reader: ObjectReader | undefined, template: unknown, notes: Notes): Template {
  const metadata = reader?.object('metadata');
  const type = reader?.text('type') ?? '';
  return {
    type: { value: type === '' ? 'Opaque' : type, place: notes.place('spec.template.type') },
    immutable: reader?.flag('immutable') === true,
    labels: metadataOf(metadata, 'labels', notes),
    annotations: metadataOf(metadata, 'annotations', notes),
    data: templatesOf(template, notes),
  };
}

/** What kubeseal itself writes into a template's metadata, and what is read of it. */
const EXPECTED = new Set([...Object.keys(TEMPLATE_METADATA), 'name', 'namespace', 'creationTimestamp']);

/** Of a template's metadata nothing but labels and annotations reaches the Secret. */
export function templateWarnings(template: unknown, notes: Notes): readonly string[] {
  const metadata = isMapping(template) ? template['metadata'] : undefined;
  const written = Object.entries(isMapping(metadata) ? metadata : {});
  return written
    .filter(([name, value]) => !EXPECTED.has(name) && value !== null)
    .map(([name]) => `${notes.place(`spec.template.metadata.${name}`).label}: it is ignored`);
}

export function entryOf(notes: Notes, field: string, [key, text]: readonly [string, string]): Entry {
  return { key, text, place: notes.place(`${field}[${printable(key)}]`) };
}

function metadataOf(
  reader: ObjectReader | undefined,
  name: 'labels' | 'annotations',
  notes: Notes,
): readonly Entry[] {
  const field = `spec.template.metadata.${name}`;
  const found = [...(reader?.textMap(name) ?? [])].map((entry) => entryOf(notes, field, entry));
  const kind = name === 'labels' ? 'label' : 'annotation';
  for (const { key, text, place } of found) notes.attempt(place, () => checkMetadata(kind, key, text));
  return found;
}

function templatesOf(template: unknown, notes: Notes): Template['data'] {
  const written = (isMapping(template) ? template['data'] : undefined) ?? {};
  const field = 'spec.template.data';
  if (!isMapping(written)) {
    notes.add(notes.place(field), { message: 'it is no mapping', remedy: 'Write a template for each key.' });
    return [];
  }
  const entries = Object.entries(written);
  if (entries.length > MOST_ENTRIES) {
    notes.add(notes.place(field), tooMany(entries.length));
    return [];
  }
  return entries.flatMap(([key, text]): Template['data'] => {
    const place = notes.place(`${field}[${printable(key)}]`);
    notes.attempt(place, () => checkSecretKey(key));
    if (text === null) return [{ key, omitted: true }];
    if (typeof text !== 'string') {
      notes.add(place, { message: 'it is no text', remedy: 'Put it in quotes.' });
      return [];
    }
    notes.attempt(place, () => parsedTemplate(key, text));
    return [{ key, text, place }];
  });
}
