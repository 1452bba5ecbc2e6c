import { createHash } from 'node:crypto';

import type { Problem } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { contentKey } from '../eso/content-key.ts';
import { createNotes, type Note, type Notes } from '../eso/notes.ts';
import { isObjectName, OBJECT_NAME_RULE } from '../eso/object-name.ts';
import { createObjectReader, isMapping } from '../eso/object-reader.ts';
import type { DefinitionContext } from '../recipe.ts';
import { SPEC_FIELDS } from './fields.ts';
import { unknownKeys } from './known-keys.ts';
import type { ProviderClass, SecretObject } from './provider-class.ts';
import { readFiles } from './read-files.ts';
import { readParameters } from './read-parameters.ts';
import { readSecretObject } from './read-secret-object.ts';

export type ReadProviderClass =
  | { readonly kind: 'class'; readonly providerClass: ProviderClass }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

export const GROUP = 'secrets-store.csi.x-k8s.io';
/** The driver serves both, with the same fields. */
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1alpha1`];

/**
 * Reads a SecretProviderClass: raw JSON to its files and Secrets, or everything that is wrong with it. Never throws.
 *
 * @param context its `region` is asked where neither the class nor an ARN names one
 * @returns LK-DEFINITION for another provider and what the AWS provider refuses, LK-NAME for a path that climbs out,
 *   LK-CONFLICT for two files of one path, LK-REGION, LK-MODE, LK-LIMIT
 */
export function readProviderClass(object: unknown, context: DefinitionContext): ReadProviderClass {
  const { apiVersion, kind, metadata, spec } = isMapping(object) ? object : {};
  const name = isMapping(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
  const notes = createNotes(`SecretProviderClass ${quoted(name)}`);
  if (kind !== 'SecretProviderClass' || !VERSIONS.includes(String(apiVersion))) {
    return refused(notes, 'kind', OTHER_KIND);
  }
  if (!isMapping(spec)) return refused(notes, 'spec', { message: 'it is no mapping', remedy: 'Write it.' });
  if (spec['provider'] !== 'aws') return refused(notes, 'spec.provider', otherProvider(spec['provider']));
  if (!isObjectName(name)) {
    const message = 'it is no name of an object';
    notes.add(notes.place('metadata.name'), { message, remedy: OBJECT_NAME_RULE });
  }
  const providerClass = readSpec(spec, name, context, notes);
  const problems = notes.problems();
  return problems === undefined ? { kind: 'class', providerClass } : { kind: 'problems', problems };
}

function readSpec(
  spec: Readonly<Record<string, unknown>>,
  name: string,
  context: DefinitionContext,
  notes: Notes,
): ProviderClass {
  const warnings = [...unknownKeys(spec, SPEC_FIELDS, notes.place('spec').label)];
  const written = createObjectReader(spec, SPEC_FIELDS, 'spec', notes).object('parameters');
  const parameters = readParameters(written);
  const files = readFiles(written?.text('objects') ?? '', { parameters, context, notes, warnings });
  const paths = new Set(files.map(({ path }) => path));
  const { usePodIdentity, failoverRegion } = parameters;
  const facts = {
    files,
    secretObjects: secretObjectsOf(spec['secretObjects'], `SecretProviderClass ${quoted(name)}`, paths),
    usePodIdentity,
    ...(failoverRegion === undefined ? {} : { failoverRegion }),
  };
  return { name, ...facts, hash: hashOf(facts), warnings };
}

const OTHER_KIND: Note = {
  message: 'it is no SecretProviderClass',
  remedy: `A SecretProviderClass has apiVersion ${GROUP}/v1.`,
};

function otherProvider(provider: unknown): Note {
  return {
    message: typeof provider === 'string' ? `its provider is ${quoted(provider)}` : 'it names no provider',
    remedy:
      'Latchkey reads those of provider: aws. Leave the others, and the pods that mount them, to the driver.',
  };
}

function refused(notes: Notes, field: string, note: Note): ReadProviderClass {
  return { kind: 'problems', problems: notes.failed(notes.place(field), note) };
}

const MOST_SUGGESTIONS = 50;

/** The API server keeps out what is no list. */
function secretObjectsOf(
  written: unknown,
  subject: string,
  paths: ReadonlySet<string>,
): readonly SecretObject[] {
  const entries: readonly unknown[] = Array.isArray(written) ? written : [];
  // Each compares with all paths, letter by letter: a class of a megabyte would take minutes.
  let suggestions = MOST_SUGGESTIONS;
  const suggest = (path: string) => (suggestions-- > 0 ? didYouMean(path, paths) : '');
  const read = entries.map((entry, index) => readSecretObject(entry, index, { subject, paths, suggest }));
  const counts = Map.groupBy(read, ({ name }) => name);
  return read.map((object) => {
    const { name, place, problems } = object;
    if (name === '' || (counts.get(name)?.length ?? 0) < 2) return object;
    const notes = createNotes(subject);
    notes.take(problems);
    const field = notes.place(`${place.field}.secretName`);
    const message = `Secret ${quoted(name)} stands there twice`;
    const remedy = 'Put all keys into one entry, or give one another name.';
    return { ...object, problems: notes.failed(field, { code: 'LK-CONFLICT', message, remedy }) };
  });
}

function hashOf(facts: object): string {
  return createHash('sha256').update(contentKey(facts)).digest('hex');
}
