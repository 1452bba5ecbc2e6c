import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { addressKey } from './addresses.ts';
import { decodeValue, encodeValue, textOf } from './encoding.ts';
import type { Answers } from './evaluate.ts';
import type { JmesPathSearch } from './jmes-path.ts';
import type { Address, Source } from './plan.ts';
import { DEEPEST, readJson, readProperty } from './property.ts';
import type { JsonDocument } from './property.ts';

/** One reference's value; `undefined` where it is optional and not there. */
export type SourceValue = Uint8Array | undefined;

/** Answers with the JSON of each read once, however many properties are asked of it. */
export interface Documents {
  readonly answers: Answers;
  readonly read: Map<string, JsonDocument | LatchkeyError>;
  /** There where a source has an expression. */
  readonly jmesPath?: JmesPathSearch | undefined;
}

/** A property or version that is not there: what `optional` and `default` are for. Nothing else is. */
class Absent extends LatchkeyError {}

function notJson(): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-JSON',
    'a property is asked of a value that is not JSON',
    'Leave out the # and what follows (or jmesPath) for the whole value, or store JSON.',
  );
}

function readDocument(bytes: Uint8Array): JsonDocument | LatchkeyError {
  const text = textOf(bytes);
  const reading = text === undefined ? undefined : readJson(text);
  if (reading?.kind === 'json') return reading.document;
  if (reading?.kind !== 'too-deep') return notJson();
  return new LatchkeyError(
    'LK-NOT-JSON',
    `the value is JSON nested more than ${DEEPEST} deep`,
    'Take the whole value, or store what is needed less deep.',
  );
}

/** The JSON of an answer. Throws LK-NOT-JSON. */
export function documentOf({ read }: Documents, address: Address, bytes: Uint8Array): JsonDocument {
  const key = addressKey(address);
  const known = read.get(key) ?? readDocument(bytes);
  read.set(key, known);
  if (known instanceof LatchkeyError) throw known;
  return known;
}

/** Why a property has no text. */
export function propertyError(
  kind: 'missing' | 'null' | 'no-path' | 'not-text',
  property: string,
): LatchkeyError {
  const name = quoted(property);
  if (kind === 'null') {
    return new Absent(
      'LK-PROPERTY',
      `property ${name} is null`,
      'Store a value, or use optional=true or default=.',
    );
  }
  if (kind === 'missing') {
    const order = /\?[a-z]+=/.test(property) ? ' Options stand before the #.' : '';
    const remedy = `Look at the keys of the secret; a key with . [ ] or " in it is quoted within a path.${order}`;
    return new Absent('LK-PROPERTY', `property ${name} does not exist`, remedy);
  }
  if (kind === 'no-path') {
    return new LatchkeyError(
      'LK-PROPERTY',
      `there is no key ${name}, and it is no path either`,
      'A path reads db.users[0]."first name".',
    );
  }
  return new LatchkeyError(
    'LK-ENCODING',
    `property ${name} is no Unicode text`,
    'Store the bytes as base64.',
  );
}

function propertyOf(documents: Documents, source: Source, bytes: Uint8Array): Uint8Array {
  if (source.jmesPath !== undefined) return searched(documents, source, source.jmesPath, bytes);
  if (source.property === undefined) return bytes;
  const found = readProperty(documentOf(documents, source.address, bytes), source.property);
  if (found.kind !== 'text') throw propertyError(found.kind, source.property);
  return Buffer.from(found.text);
}

function searched(
  documents: Documents,
  { address }: Source,
  expression: string,
  bytes: Uint8Array,
): Uint8Array {
  if (documents.jmesPath === undefined)
    throw new LatchkeyError('LK-INTERNAL', 'JMESPath was not loaded', 'Please report this.');
  const found = documents.jmesPath.search(expression, documentOf(documents, address, bytes).text);
  if (found !== null) return Buffer.from(found);
  throw new Absent(
    'LK-PROPERTY',
    `jmesPath ${quoted(expression)} finds nothing, or null`,
    'Look at the keys of the secret; a key with a hyphen or a dot in it stands in double quotes within the expression.',
  );
}

/** Whether an error says that the secret, parameter, version or property does not exist. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Absent || (error instanceof LatchkeyError && error.code === 'LK-NOT-FOUND');
}

function fetched(documents: Documents, source: Source): Uint8Array {
  const answer = documents.answers.one(source.address);
  if (answer instanceof LatchkeyError) throw answer;
  return decodeValue(source, propertyOf(documents, source, answer.value.reveal()));
}

/**
 * Fetch, property, decode, encode, in this order. A `default` stands for the decoded value, so it is encoded but not
 * decoded; it and `optional` count only where something does not exist, never where a call is denied or fails.
 * Throws LatchkeyError.
 */
export function sourceValue(documents: Documents, source: Source): SourceValue {
  try {
    return encodeValue(source, fetched(documents, source));
  } catch (error) {
    if (!isAbsence(error)) throw error;
    if (source.default !== undefined) return encodeValue(source, Buffer.from(source.default));
    if (source.optional === true) return undefined;
    throw error;
  }
}
