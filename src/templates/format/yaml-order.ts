import { decodeUtf8 } from '../values/utf8.ts';
import type { Dict, Value } from '../values/value.ts';

const LETTER = /^\p{L}/u;
const DIGITS = /^\p{Nd}+/u;

/** The digits at a place, as the number that they are. */
function numberAt(text: readonly string[], at: number): readonly [value: bigint, end: number] {
  const digits = DIGITS.exec(text.slice(at).join(''))?.[0] ?? '';
  return [/^[0-9]+$/.test(digits) ? BigInt(digits) : 0n, at + Array.from(digits).length];
}

/** Whether digits other than zeros stand right before a place. */
function insideNumber(text: readonly string[], at: number): boolean {
  for (let index = at - 1; index >= 0 && DIGITS.test(text[index] ?? ''); index -= 1) {
    if (text[index] !== '0') return true;
  }
  return false;
}

function compareAt(a: readonly string[], b: readonly string[], at: number): number {
  const [x = '', y = ''] = [a[at], b[at]];
  const letters = [LETTER.test(x), LETTER.test(y)].filter(Boolean).length;
  if (letters === 2) return order(x, y);
  // A letter comes behind everything else.
  if (letters === 1) return LETTER.test(y) ? -1 : 1;
  const zero = (x === '0' || y === '0') && insideNumber(a, at) ? 1n : 0n;
  const [numberA, endA] = numberAt(a, at);
  const [numberB, endB] = numberAt(b, at);
  const byValue = order(leading(zero, numberA, endA - at), leading(zero, numberB, endB - at));
  return byValue || endA - endB || order(x, y);
}

function order<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

function leading(first: bigint, value: bigint, digits: number): bigint {
  return first * 10n ** BigInt(digits) + value;
}

function compare(a: readonly string[], b: readonly string[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) if (a[at] !== b[at]) return compareAt(a, b, at);
  return a.length - b.length;
}

/** The order in which the YAML library of Kubernetes writes keys: what looks like a number by its value. */
export function keysInOrder(dict: Dict): readonly (readonly [string, Value])[] {
  return [...dict.entries]
    .map((entry) => ({ entry, key: Array.from(decodeUtf8(entry[0])) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ entry }) => entry);
}
