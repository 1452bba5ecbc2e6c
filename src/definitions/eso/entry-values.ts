import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Question } from '../recipe.ts';
import type { Answered } from './answers.ts';
import { decode } from './decode.ts';
import { membersOf, propertyOf, readDocument } from './document.ts';
import type { DataEntry, Entry, ExtractEntry, FindEntry, Rewrite, Treatment } from './external-secret.ts';
import type { Values } from './keys.ts';
import { checkKeys, convertKeys } from './keys.ts';
import { rewriteKeys } from './rewrite.ts';

/** `remoteRef`: the value or its property, as bytes. */
function remoteBytes(
  { remote }: DataEntry | ExtractEntry,
  question: Question,
  answered: Answered,
): Uint8Array | 'missing' {
  const answer = answered.one(question);
  if (answer === 'missing') return answer;
  const bytes = answer.value.reveal();
  const { property } = remote;
  return property === undefined ? bytes : propertyOf(answered.search(question, bytes), property);
}

function treated(key: string, bytes: Uint8Array, { decoding, nullBytes }: Treatment): Uint8Array {
  const value = decode(decoding, bytes);
  if (nullBytes === 'Ignore' || !value.includes(0)) return value;
  throw new LatchkeyError(
    'LK-ENCODING',
    `the value of ${quoted(key)} has a NUL byte`,
    'Store text, or write nullBytePolicy: Ignore.',
  );
}

/** In External Secrets Operator's order: rewrite, or else convert keys; leave out or refuse keys; decode; look for NUL. */
function finished(values: Values, rewrites: readonly Rewrite[], treatment: Treatment): Values {
  const keyed =
    rewrites.length === 0 ? convertKeys(values, treatment.conversion) : rewriteKeys(rewrites, values);
  const made = new Map<string, Uint8Array>();
  for (const [key, bytes] of checkKeys(keyed)) made.set(key, treated(key, bytes, treatment));
  return made;
}

function dataValues(entry: DataEntry, question: Question, answered: Answered): Values | 'missing' {
  const bytes = remoteBytes(entry, question, answered);
  if (bytes === 'missing') return bytes;
  return new Map([[entry.secretKey, treated(entry.secretKey, bytes, entry.remote)]]);
}

function extractValues(entry: ExtractEntry, question: Question, answered: Answered): Values | 'missing' {
  const bytes = remoteBytes(entry, question, answered);
  if (bytes === 'missing') return bytes;
  const whole = entry.remote.property === undefined;
  const document = whole ? answered.search(question, bytes).document : readDocument(bytes);
  return finished(membersOf(document), entry.rewrites, entry.remote);
}

function findValues(entry: FindEntry, question: Question, answered: Answered): Values | 'missing' {
  const members = answered.many(question);
  if (members === 'missing') return members;
  const values = new Map(members.map(({ name, value }) => [name, value.reveal()]));
  return finished(values, entry.rewrites, entry.find);
}

/**
 * What one entry of `data` or `dataFrom` brings: values by key of the Secret, or that AWS has nothing there. Throws
 * LatchkeyError.
 */
export function entryValues(entry: Entry, question: Question, answered: Answered): Values | 'missing' {
  switch (entry.kind) {
    case 'data':
      return dataValues(entry, question, answered);
    case 'extract':
      return extractValues(entry, question, answered);
    default:
      return findValues(entry, question, answered);
  }
}
