// JSON that AWS stores, as External Secrets Operator takes it apart.

import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { textOf } from '../../request/encoding.ts';
import { DEEPEST, readJson } from '../../request/property.ts';
import type { JsonDocument } from '../../request/property.ts';
import { lookUp } from './gjson.ts';
import type { Searchable } from './gjson.ts';
import type { Values } from './keys.ts';

function notJson(message: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-JSON',
    message,
    'Store JSON, or leave property and extract out for the whole value.',
  );
}

/** Throws LK-NOT-JSON. */
export function readDocument(bytes: Uint8Array): JsonDocument {
  const text = textOf(bytes);
  const reading = text === undefined ? undefined : readJson(text);
  if (reading?.kind === 'json') return reading.document;
  if (reading?.kind === 'too-deep') throw notJson(`the value is JSON nested more than ${DEEPEST} deep`);
  throw notJson('the value is not JSON');
}

/** The bytes of a property. Throws LK-PROPERTY. */
export function propertyOf(search: Searchable, property: string): Uint8Array {
  const text = lookUp(search, property);
  if (text !== undefined) return Buffer.from(text);
  throw new LatchkeyError(
    'LK-PROPERTY',
    `property ${quoted(property)} does not exist`,
    'Look at the keys of the value. An item of a list is a.0.b; a dot within a key is escaped with a backslash.',
  );
}

function memberBytes(text: string, start: number, length: number): Uint8Array {
  const source = text.slice(start, start + length);
  if (source === 'null') return new Uint8Array();
  if (!source.startsWith('"')) return Buffer.from(source);
  const value: unknown = JSON.parse(source);
  return Buffer.from(typeof value === 'string' ? value : '');
}

/**
 * The members of a JSON object: strings without their quotes, null as nothing, everything else as its source. Of two members
 * with one key the last counts; null instead of an object has none. Throws LK-NOT-JSON.
 */
export function membersOf({ text, root, members }: JsonDocument): Values {
  if (root.type === 'null') return new Map();
  if (root.type !== 'object') throw notJson('the value is JSON, but no object with members');
  return new Map(
    [...members].map(([key, { offset, length }]) => [key.toWellFormed(), memberBytes(text, offset, length)]),
  );
}
