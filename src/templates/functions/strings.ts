import { quotedBytes } from '../format/quote.ts';
import { printed } from '../format/print.ts';
import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { decodeRune, encodeRune, runesOf } from '../values/utf8.ts';
import type { Value } from '../values/value.ts';
import { isSpace, trimmed } from './letter-case.ts';
import { any, type FunctionTable, int, takes, takesMore, text } from './signature.ts';

/** A part of a string by bytes; Go ends a template that asks for bytes that are not there. */
function part(bytes: string, start: number, end: number): string {
  if (start < 0 || end > bytes.length || start > end) throw new Fault('the text has not so many bytes');
  return bytes.slice(start, end);
}

function substring(start: number, end: number, bytes: string): string {
  if (start < 0) return part(bytes, 0, end);
  return part(bytes, start, end < 0 || end > bytes.length ? bytes.length : end);
}

function truncated(length: number, bytes: string): string {
  if (length < 0) return bytes.length + length > 0 ? bytes.slice(length) : bytes;
  return bytes.slice(0, length);
}

function repeated(count: bigint, bytes: string, budget: Budget): string {
  if (count < 0n) throw new Fault('a text cannot be repeated a negative number of times');
  budget.string(Number(count) * bytes.length);
  return bytes === '' ? '' : bytes.repeat(Number(count));
}

function runeSet(bytes: string): ReadonlySet<number> {
  return new Set([...runesOf(bytes)].map(({ rune }) => rune));
}

/** Without the characters of a set at both ends. */
function trimmedOf(set: string, bytes: string): string {
  const cut = runeSet(set);
  const runes = [...runesOf(bytes)];
  const kept = (rune: { rune: number }) => !cut.has(rune.rune);
  const first = runes.findIndex(kept);
  if (first === -1) return '';
  const last = runes.findLastIndex(kept);
  const start = runes.slice(0, first).reduce((sum, { size }) => sum + size, 0);
  const length = runes.slice(first, last + 1).reduce((sum, { size }) => sum + size, 0);
  return bytes.slice(start, start + length);
}

/** An empty text to replace stands before each character, and at the end. */
function pieces(bytes: string, old: string): readonly string[] {
  if (old !== '') return bytes.split(old);
  const found = [''];
  for (let at = 0; at < bytes.length;) {
    const { size } = decodeRune(bytes, at);
    found.push(bytes.slice(at, at + size));
    at += size;
  }
  return [...found, ''];
}

function replaced(bytes: string, [old, by]: readonly [string, string], budget: Budget): string {
  const parts = pieces(bytes, old);
  budget.string(bytes.length + (parts.length - 1) * by.length);
  if (old !== '' || bytes === '') return old === '' ? by : parts.join(by);
  return parts.slice(0, -1).join(by) + by;
}

function indented(spaces: bigint, bytes: string, budget: Budget): string {
  if (spaces < 0n) throw new Fault('an indent cannot be negative');
  const lines = bytes.split('\n');
  budget.string(bytes.length + lines.length * Number(spaces));
  const pad = ' '.repeat(Number(spaces));
  return pad + lines.join(`\n${pad}`);
}

/** sprig reads and writes bytes as if each were a character, so that what is not ASCII comes out as other text. */
function withoutSpace(bytes: string): string {
  const kept = bytes.split('').filter((byte) => !isSpace(byte.charCodeAt(0)));
  return kept.length === bytes.length ? bytes : kept.map((byte) => encodeRune(byte.charCodeAt(0))).join('');
}

function initials(bytes: string): string {
  let found = '';
  let gap = true;
  for (const byte of bytes) {
    const space = isSpace(byte.charCodeAt(0));
    if (gap && !space) found += encodeRune(byte.charCodeAt(0));
    gap = space;
  }
  return found;
}

function eachPrinted(values: readonly Value[], budget: Budget, quote: (text: string) => string): string {
  const parts = values.filter((value) => value !== null).map((value) => quote(printed(value, budget)));
  budget.string(parts.reduce((sum, each) => sum + each.length + 1, 0));
  return parts.join(' ');
}

export const STRINGS: FunctionTable = {
  toString: takes([any], ([value], budget) => printed(value, budget)),
  trim: takes([text], ([bytes]) => trimmed(bytes)),
  trimAll: takes([text, text], ([set, bytes]) => trimmedOf(set, bytes)),
  trimall: takes([text, text], ([set, bytes]) => trimmedOf(set, bytes)),
  trimPrefix: takes([text, text], ([prefix, bytes]) =>
    bytes.startsWith(prefix) ? bytes.slice(prefix.length) : bytes,
  ),
  trimSuffix: takes([text, text], ([suffix, bytes]) =>
    bytes.endsWith(suffix) ? bytes.slice(0, bytes.length - suffix.length) : bytes,
  ),
  contains: takes([text, text], ([inner, bytes]) => bytes.includes(inner)),
  hasPrefix: takes([text, text], ([prefix, bytes]) => bytes.startsWith(prefix)),
  hasSuffix: takes([text, text], ([suffix, bytes]) => bytes.endsWith(suffix)),
  substr: takes([int, int, text], ([start, end, bytes]) => substring(Number(start), Number(end), bytes)),
  trunc: takes([int, text], ([length, bytes]) => truncated(Number(length), bytes)),
  repeat: takes([int, text], ([count, bytes], budget) => repeated(count, bytes, budget)),
  replace: takes([text, text, text], ([old, by, bytes], budget) => replaced(bytes, [old, by], budget)),
  indent: takes([int, text], ([spaces, bytes], budget) => indented(spaces, bytes, budget)),
  nindent: takes([int, text], ([spaces, bytes], budget) => `\n${indented(spaces, bytes, budget)}`),
  nospace: takes([text], ([bytes]) => withoutSpace(bytes)),
  initials: takes([text], ([bytes]) => initials(bytes)),
  plural: takes([text, text, int], ([one, many, count]) => (count === 1n ? one : many)),
  quote: takesMore([], any, (_, values, budget) =>
    eachPrinted(values, budget, (bytes) => quotedBytes(bytes)),
  ),
  squote: takesMore([], any, (_, values, budget) => eachPrinted(values, budget, (bytes) => `'${bytes}'`)),
  cat: takesMore([], any, (_, values, budget) => eachPrinted(values, budget, (bytes) => bytes)),
  hello: takes([], () => 'Hello!'),
};
