import { printed } from '../format/print.ts';
import type { Budget } from '../limits.ts';
import { runesOf } from '../values/utf8.ts';
import { Dict, List, type Value } from '../values/value.ts';
import { any, type FunctionTable, int, takes, text } from './signature.ts';

/** Go's `Split`: an empty separator parts the characters. */
function splitBytes(bytes: string, separator: string, budget: Budget): readonly string[] {
  const parts = separator === '' ? characters(bytes) : bytes.split(separator);
  budget.elements(parts.length);
  return parts;
}

function characters(bytes: string): readonly string[] {
  let at = 0;
  return [...runesOf(bytes)].map(({ size }) => bytes.slice(at, (at += size)));
}

/** At most `count` parts, the last of which has all the rest; none for 0, all for less. */
function splitSome(bytes: string, separator: string, count: bigint, budget: Budget): readonly string[] {
  const parts = splitBytes(bytes, separator, budget);
  if (count < 0n || count >= BigInt(parts.length)) return parts;
  if (count === 0n) return [];
  const kept = Number(count) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

function numbered(parts: readonly string[]): Dict {
  return new Dict(
    parts.map((part, index) => [`_${String(index)}`, part]),
    'string',
  );
}

/** Every element as text, without those that are nil; what is no list is a list of itself. */
export function textsOf(value: Value, budget: Budget): readonly string[] {
  if (value === null) return [];
  if (!(value instanceof List)) return [printed(value, budget)];
  budget.elements(value.items.length);
  return value.items.filter((item) => item !== null).map((item) => printed(item, budget));
}

function joined(separator: string, value: Value, budget: Budget): string {
  const parts = textsOf(value, budget);
  budget.string(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
  return parts.join(separator);
}

function sorted(value: Value, budget: Budget): List {
  const texts = value instanceof List ? textsOf(value, budget) : [printed(value, budget)];
  return new List(
    [...texts].sort((a, b) => (a < b ? -1 : Number(a > b))),
    'string',
  );
}

export const SPLIT_JOIN: FunctionTable = {
  split: takes([text, text], ([separator, bytes], budget) => numbered(splitBytes(bytes, separator, budget))),
  splitn: takes([text, int, text], ([separator, count, bytes], budget) =>
    numbered(splitSome(bytes, separator, count, budget)),
  ),
  splitList: takes(
    [text, text],
    ([separator, bytes], budget) => new List(splitBytes(bytes, separator, budget), 'string'),
  ),
  join: takes([text, any], ([separator, value], budget) => joined(separator, value, budget)),
  toStrings: takes([any], ([value], budget) => new List(textsOf(value, budget), 'string')),
  sortAlpha: takes([any], ([value], budget) => sorted(value, budget)),
};
