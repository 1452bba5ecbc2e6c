import type { FindSpec, RemoteRef, StoreReference, Treatment } from './external-secret.ts';
import { CONVERSIONS, DECODINGS, NULL_BYTES, STORE_KINDS } from './external-secret.ts';
import { pathProblem } from './gjson-path.ts';
import { isObjectName, OBJECT_NAME_RULE } from './object-name.ts';
import type { ObjectReader } from './object-reader.ts';
import { checkExpression } from './expression.ts';

/** More than this in one field is no name, path or expression that anybody wrote. */
const LONGEST_TEXT = 2048;

/** A text that goes to AWS or is matched: bounded. */
function bounded(reader: ObjectReader, name: string, text: string | undefined): string | undefined {
  if (text === undefined || text.length <= LONGEST_TEXT) return text;
  reader.note(name, {
    code: 'LK-LIMIT',
    message: `it has ${text.length} characters`,
    remedy: `Write at most ${LONGEST_TEXT}.`,
  });
  return undefined;
}

function optional<Name extends string>(name: Name, text: string | undefined): { [name in Name]?: string } {
  return (text === undefined || text === '' ? {} : { [name]: text }) as { [name in Name]?: string };
}

function readTreatment(reader: ObjectReader): Treatment {
  return {
    decoding: reader.choice('decodingStrategy', DECODINGS, 'None'),
    conversion: reader.choice('conversionStrategy', CONVERSIONS, 'Default'),
    nullBytes: reader.choice('nullBytePolicy', NULL_BYTES, 'Ignore'),
  };
}

/** `remoteRef` or `extract`. */
export function readRemote(reader: ObjectReader): RemoteRef | undefined {
  const key = bounded(reader, 'key', reader.required('key', 'Name the secret or parameter.'));
  const property = bounded(reader, 'property', reader.text('property'));
  const problem = property === undefined ? undefined : pathProblem(property);
  if (problem !== undefined) reader.note('property', problem);
  const version = bounded(reader, 'version', reader.text('version'));
  const tags = reader.choice('metadataPolicy', ['None', 'Fetch'], 'None') === 'Fetch';
  const treatment = readTreatment(reader);
  if (key === undefined) return undefined;
  return { key, ...optional('version', version), ...optional('property', property), tags, ...treatment };
}

/** `find`. */
export function readFind(reader: ObjectReader): FindSpec | undefined {
  const path = bounded(reader, 'path', reader.text('path'));
  const name = reader.object('name');
  // A name without an expression is the empty expression, which matches every name.
  const expression = name === undefined ? undefined : (bounded(name, 'regexp', name.text('regexp')) ?? '');
  if (name !== undefined && expression !== undefined) checkExpression(name, 'regexp', expression);
  const tags = reader.textMap('tags');
  const treatment = readTreatment(reader);
  if (name === undefined && tags.size === 0) {
    reader.note(undefined, {
      message: 'it names neither name.regexp nor tags',
      remedy: 'Say what to find: name.regexp, tags, or both.',
    });
    return undefined;
  }
  return {
    ...optional('path', path),
    ...(expression === undefined ? {} : { name: expression }),
    ...(tags.size === 0 ? {} : { tags }),
    ...treatment,
  };
}

/** A reference to a store, with its kind filled in. */
export function readStoreReference(reader: ObjectReader): StoreReference | undefined {
  const name = reader.required('name', 'Name the SecretStore or ClusterSecretStore.');
  const kind = reader.choice('kind', STORE_KINDS, 'SecretStore');
  if (name === undefined) return undefined;
  if (isObjectName(name)) return { kind, name };
  reader.note('name', { message: 'it is no name of a store', remedy: OBJECT_NAME_RULE });
  return undefined;
}
