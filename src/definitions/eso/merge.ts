import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { textOf } from '../../request/encoding.ts';
import { readJson } from '../../request/property.ts';
import type { MergeRewrite } from './external-secret.ts';
import type { Json } from './go-json.ts';
import { byBytes, encodeJson } from './go-json.ts';
import { formatFixed } from './go-number.ts';
import type { Values } from './keys.ts';

/** The keys in the order in which they are merged: those without priority by name, then those with, as written. */
function inOrder({ priority }: MergeRewrite, values: Values): readonly string[] {
  const first = new Set(priority);
  return [...[...values.keys()].filter((key) => !first.has(key)).sort(byBytes), ...priority];
}

function notAnObject(key: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-JSON',
    `the value of ${quoted(key)} is no JSON object, so it cannot be merged`,
    'Merge only secrets that are JSON objects: find fewer, or change what is stored.',
  );
}

/** As Go reads JSON into a map: `null` is an empty one, a number beyond a double is an error. */
function membersOf(key: string, bytes: Uint8Array): readonly (readonly [string, Json])[] {
  const text = textOf(bytes);
  if (text === undefined || readJson(text).kind !== 'json') throw notAnObject(key);
  let infinite = false;
  const value = JSON.parse(text, (_, part: Json) => {
    infinite ||= typeof part === 'number' && !Number.isFinite(part);
    return part;
  }) as Json;
  if (infinite || typeof value !== 'object' || Array.isArray(value)) throw notAnObject(key);
  return Object.entries(value ?? {}).map(([name, member]) => [name.toWellFormed(), member]);
}

function bytesOf(value: Json): Uint8Array {
  if (value === null) return new Uint8Array();
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'number') return Buffer.from(formatFixed(value));
  return Buffer.from(typeof value === 'boolean' ? String(value) : encodeJson(value, true));
}

function missing(key: string): LatchkeyError {
  return new LatchkeyError(
    'LK-PROPERTY',
    `the key ${quoted(key)} of priority is not there`,
    'Correct the key, or write priorityPolicy: IgnoreNotFound.',
  );
}

function conflict(key: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFLICT',
    `two values have a member ${quoted(key)}`,
    'Write conflictPolicy: Ignore to let the later one win; priority says which come last.',
  );
}

/**
 * `rewrite.merge`: the members of all values in one. `Extract` makes them the keys and drops the values that they came
 * from; `JSON` adds them as one JSON object. Throws LK-NOT-JSON, LK-PROPERTY, LK-CONFLICT.
 */
export function merge(step: MergeRewrite, values: Values): Values {
  const merged = new Map<string, Json>();
  for (const key of inOrder(step, values)) {
    const value = values.get(key);
    if (value === undefined) {
      if (step.ignoreMissing) continue;
      throw missing(key);
    }
    for (const [name, member] of membersOf(key, value)) {
      if (merged.has(name) && !step.ignoreConflicts) throw conflict(name);
      merged.set(name, member);
    }
  }
  if (step.strategy === 'JSON') {
    const json = encodeJson(Object.fromEntries(merged), false);
    return new Map([...values, [step.into, Buffer.from(json)]]);
  }
  return new Map([...merged].map(([name, member]) => [name, bytesOf(member)]));
}
