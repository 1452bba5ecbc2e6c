// Answers to keys and bytes, as KES gathers them.

import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type { Answers, Fetched, Member } from '../../request/evaluate.ts';
import { SecretValue } from '../../secret-value.ts';
import type { Question } from '../recipe.ts';
import { checkSecretKey } from '../secret-key.ts';
import { MOST_SECRET_BYTES } from '../secret-size.ts';
import { decodeBinary } from './binary.ts';
import type { Findings } from './findings.ts';
import { findProperty } from './json-property.ts';
import { jsonText, readJsonValue } from './json-value.ts';
import type { Asked } from './questions.ts';
import type { KesKeyItem } from './spec.ts';

/** What gathering works with; one for each time. */
interface Gathering {
  readonly answers: Answers;
  readonly findings: Findings;
  /** The JSON of each answer, parsed once however many properties are asked of it; or why it is none. */
  readonly documents: Map<string, unknown>;
  /** Answers that failed and were reported, by address. */
  readonly failed: Set<string>;
}

type Entry = readonly [key: string, value: SecretValue];

/** Values that replace one another are not worth more work than this. */
const MOST_MADE = 8 * MOST_SECRET_BYTES;

/**
 * The data of the Secret, what comes later winning. Each item that cannot be had is a problem, each failed answer is
 * reported once, and no text of a value is in any of them.
 */
export function gather(
  asked: readonly Asked[],
  answers: Answers,
  findings: Findings,
): ReadonlyMap<string, SecretValue> {
  const gathering: Gathering = { answers, findings, documents: new Map(), failed: new Set() };
  const data = new Map<string, SecretValue>();
  let made = 0;
  for (const each of asked) {
    const { place, text } = each.question;
    for (const [key, value] of findings.attempt(place, () => entriesOf(gathering, each), text) ?? []) {
      data.set(key, value);
      made += key.length + value.size;
    }
    if (made > MOST_MADE) {
      findings.refuse(place, tooMuch, text);
      break;
    }
  }
  return data;
}

function tooMuch(): LatchkeyError {
  return new LatchkeyError(
    'LK-TOO-LARGE',
    `all values up to here have more than ${MOST_MADE / MOST_SECRET_BYTES} MiB together`,
    'Ask for less: a Secret holds 1 MiB.',
  );
}

function entriesOf(gathering: Gathering, { item, question }: Asked): readonly Entry[] {
  if (item.kind === 'path') {
    const answer = firstTime(gathering, question, gathering.answers.many(question.address));
    return answer === undefined ? [] : parameters(answer);
  }
  const answer = firstTime(gathering, question, gathering.answers.one(question.address));
  if (answer === undefined) return [];
  if (item.kind === 'members') return members(gathering, question, answer);
  return [[item.name, keyValue(gathering, { item, question }, answer)]];
}

/** A failure is thrown for the first item that meets it; for others there is nothing more to say. */
function firstTime<Answer>(
  { failed }: Gathering,
  { address }: Question,
  answer: Answer | LatchkeyError,
): Answer | undefined {
  if (!(answer instanceof LatchkeyError)) return answer;
  const key = addressKey(address);
  if (failed.has(key)) return undefined;
  failed.add(key);
  throw answer;
}

function documentOf({ documents }: Gathering, { address }: Question, { value }: Fetched): unknown {
  const key = addressKey(address);
  if (!documents.has(key)) documents.set(key, readOrError(value.reveal()));
  const document = documents.get(key);
  if (document instanceof LatchkeyError) throw document;
  return document;
}

function readOrError(bytes: Uint8Array): unknown {
  try {
    return readJsonValue(bytes);
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
}

interface AskedKey {
  readonly item: KesKeyItem;
  readonly question: Question;
}

/** One key: the whole value or a property of it, decoded where `isBinary` says so and there is text to decode. */
function keyValue(gathering: Gathering, { item, question }: AskedKey, answer: Fetched): SecretValue {
  const { property, isBinary } = item;
  if (property === undefined) {
    const whole = answer.value;
    // What came as bytes is decoded already; KES skips it too.
    if (!isBinary || !whole.isText) return whole;
    return decoded(gathering, question, Buffer.from(whole.reveal()).toString('utf8'));
  }
  const found = findProperty(documentOf(gathering, question, answer), property);
  if (found === undefined) throw notFound(property);
  const { value } = found;
  return isBinary && typeof value === 'string'
    ? decoded(gathering, question, value)
    : new SecretValue(jsonText(value));
}

function decoded({ findings }: Gathering, { place }: Question, text: string): SecretValue {
  const { bytes, isBase64 } = decodeBinary(text);
  if (!isBase64) {
    findings.warn(
      place,
      () => 'isBinary: the value is not base64; what can be decoded of it is used, as in KES',
    );
  }
  return new SecretValue(bytes);
}

function notFound(property: string): LatchkeyError {
  return new LatchkeyError(
    'LK-PROPERTY',
    `property ${quoted(property)} does not exist`,
    'Look at the keys of the secret; a key with . or [ ] in it is written x["y.z"] within a path.',
  );
}

/** `dataFrom`: each member of an object; of a list each element, by its number. */
function members(gathering: Gathering, question: Question, answer: Fetched): readonly Entry[] {
  const document = documentOf(gathering, question, answer);
  if (typeof document !== 'object' || document === null) {
    throw new LatchkeyError(
      'LK-NOT-JSON',
      'the value is JSON, but no object with members',
      'Store an object, or list the value below data with key and name.',
    );
  }
  const entries = Object.entries(document);
  if (entries.length === 0) gathering.findings.warn(question.place, () => 'the object has no members');
  return entries.map(([key, value]) => {
    checkSecretKey(key);
    return [key, new SecretValue(jsonText(value))];
  });
}

/** `path`: each parameter by the last segment of its name. */
function parameters(found: readonly Member[]): readonly Entry[] {
  if (found.length === 0) {
    throw new LatchkeyError(
      'LK-EMPTY',
      'there is no parameter below this path',
      'Correct the path, add recursive: true for those further down, or remove the entry.',
    );
  }
  const names = new Map<string, string>();
  return found.map(({ name, value }) => {
    const key = name.slice(name.lastIndexOf('/') + 1);
    const other = names.get(key);
    if (other !== undefined) throw sameKey(other, name, key);
    names.set(key, name);
    checkSecretKey(key);
    return [key, value];
  });
}

/** KES takes the one that AWS names last, which AWS does not promise. */
function sameKey(one: string, other: string, key: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFLICT',
    `${quoted(one)} and ${quoted(other)} would both be key ${quoted(key)}`,
    'Name one of them with key and name, or paths further down.',
  );
}
