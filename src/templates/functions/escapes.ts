import { isPrintable } from '../format/quote.ts';
import { printedTogether } from '../format/print.ts';
import type { Budget } from '../limits.ts';
import { decodeRune } from '../values/utf8.ts';
import type { Value } from '../values/value.ts';
import { any, type FunctionTable, takesMore } from './signature.ts';

const HTML: ReadonlyMap<string, string> = new Map([
  ['\0', '\u00ef\u00bf\u00bd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

const JAVASCRIPT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
]);

function upperHex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}

function javascript(bytes: string): string {
  let escaped = '';
  for (let at = 0; at < bytes.length;) {
    const { rune, size } = decodeRune(bytes, at);
    const character = bytes.slice(at, at + size);
    const plain = rune < 0x80 ? rune >= 0x20 : isPrintable(rune);
    escaped += JAVASCRIPT.get(character) ?? (plain ? character : `\\u${upperHex(rune, 4)}`);
    at += size;
  }
  return escaped;
}

/** As Go's `url.QueryEscape`: a space is a plus sign. */
export function queryEscaped(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9_.~-]/g, (byte) =>
    byte === ' ' ? '+' : `%${upperHex(byte.charCodeAt(0), 2)}`,
  );
}

function shown(values: readonly Value[], budget: Budget): string {
  return printedTogether(
    values.map((value) => value ?? '<no value>'),
    budget,
  );
}

/** What Go's templates escape with. Each prints its arguments and escapes the whole. */
export const ESCAPES: FunctionTable = {
  html: takesMore([], any, (_, values, budget) =>
    shown(values, budget).replace(/[\0"'&<>]/g, (byte) => HTML.get(byte) ?? byte),
  ),
  js: takesMore([], any, (_, values, budget) => javascript(shown(values, budget))),
  urlquery: takesMore([], any, (_, values, budget) => queryEscaped(shown(values, budget))),
};
