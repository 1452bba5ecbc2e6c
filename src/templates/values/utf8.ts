// Inside the engine a string is what a Go string is: bytes. It is held as a JavaScript string with one character
// (U+0000 to U+00FF) a byte, so that length, comparison, slicing and joining are those of bytes.

/** What stands for a byte that is no UTF-8. */
export const REPLACEMENT = 0xfffd;

const NOT_ASCII = /[^\0-\u007f]/;

/** A character and how many bytes it took; `invalid` where the byte is no UTF-8 and {@link REPLACEMENT} stands for it. */
export interface Rune {
  readonly rune: number;
  readonly size: number;
  readonly invalid?: true;
}

export function isAscii(bytes: string): boolean {
  return !NOT_ASCII.test(bytes);
}

/** JavaScript text to bytes in UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A code point that is none becomes U+FFFD. */
export function encodeRune(rune: number): string {
  if (rune >= 0 && rune < 0x80) return String.fromCharCode(rune);
  if (rune >= 0x80 && rune < 0x800) return String.fromCharCode(0xc0 | (rune >> 6), continuation(rune, 0));
  const valid = rune >= 0 && rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
  const code = valid ? rune : REPLACEMENT;
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), continuation(code, 6), continuation(code, 0));
  }
  const [first, second, third] = [continuation(code, 12), continuation(code, 6), continuation(code, 0)];
  return String.fromCharCode(0xf0 | (code >> 18), first, second, third);
}

function continuation(rune: number, shift: number): number {
  return 0x80 | ((rune >> shift) & 0x3f);
}

/** How many bytes a character has that begins with this one, and the least that needs so many (RFC 3629). */
function sequence(first: number): readonly [size: number, least: number] {
  if (first >= 0xc2 && first <= 0xdf) return [2, 0x80];
  if (first >= 0xe0 && first <= 0xef) return [3, 0x800];
  return first >= 0xf0 && first <= 0xf4 ? [4, 0x10000] : [1, 0];
}

const INVALID: Rune = { rune: REPLACEMENT, size: 1, invalid: true };

/** The character at a byte. As Go does, one byte that does not fit is one character of its own. */
export function decodeRune(bytes: string, at: number): Rune {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { rune: first, size: 1 };
  const [size, least] = sequence(first);
  if (size === 1 || at + size > bytes.length) return INVALID;
  let rune = first & (0x7f >> size);
  for (let index = at + 1; index < at + size; index += 1) {
    const byte = bytes.charCodeAt(index);
    if ((byte & 0xc0) !== 0x80) return INVALID;
    rune = (rune << 6) | (byte & 0x3f);
  }
  const surrogate = rune >= 0xd800 && rune <= 0xdfff;
  return rune < least || rune > 0x10ffff || surrogate ? INVALID : { rune, size };
}

export function* runesOf(bytes: string): Generator<Rune, void, void> {
  for (let at = 0; at < bytes.length;) {
    const rune = decodeRune(bytes, at);
    yield rune;
    at += rune.size;
  }
}

export function runeCount(bytes: string): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (let at = 0; at < bytes.length; count += 1) at += decodeRune(bytes, at).size;
  return count;
}

export function isUtf8(bytes: string): boolean {
  if (isAscii(bytes)) return true;
  for (const { invalid } of runesOf(bytes)) if (invalid) return false;
  return true;
}

/** Bytes as JavaScript text; each byte that is no UTF-8 becomes one U+FFFD. */
export function decodeUtf8(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  let text = '';
  for (const { rune } of runesOf(bytes)) text += String.fromCodePoint(rune);
  return text;
}

/** Each character by itself through `change`. */
export function mapRunes(bytes: string, change: (rune: number, index: number) => number): string {
  let mapped = '';
  let index = 0;
  for (const { rune } of runesOf(bytes)) {
    mapped += encodeRune(change(rune, index));
    index += 1;
  }
  return mapped;
}
