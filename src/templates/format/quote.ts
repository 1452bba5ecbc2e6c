import { decodeRune, encodeUtf8 } from '../values/utf8.ts';

const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const NAMED: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

/** What Go prints as it is: letters, marks, numbers, punctuation, symbols, and of all spaces only U+0020. */
export function isPrintable(rune: number): boolean {
  return PRINTABLE.test(String.fromCodePoint(rune));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

export interface QuoteOptions {
  readonly mark?: '"' | "'";
  /** Everything but ASCII is escaped (`%+q`). */
  readonly ascii?: boolean;
}

/** One character inside a quoted string. */
export function quotedRune(rune: number, { mark = '"', ascii = false }: QuoteOptions = {}): string {
  if (rune === mark.charCodeAt(0)) return `\\${mark}`;
  const named = NAMED.get(rune);
  if (named !== undefined) return named;
  if (isPrintable(rune) && (!ascii || rune < 0x80)) return encodeUtf8(String.fromCodePoint(rune));
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

/** A Go string literal with these bytes: what `%q` and sprig's `quote` print. A byte that is no UTF-8 becomes `\xNN`. */
export function quotedBytes(bytes: string, options?: QuoteOptions): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const { rune, size, invalid } = decodeRune(bytes, at);
    text += invalid ? `\\x${hex(bytes.charCodeAt(at), 2)}` : quotedRune(rune, options);
    at += size;
  }
  return `"${text}"`;
}
