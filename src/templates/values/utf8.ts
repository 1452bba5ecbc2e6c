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

export function encodeRune(rune: number): string {
  const valid = rune >= 0 && rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
  return encodeUtf8(String.fromCodePoint(valid ? rune : REPLACEMENT));
}

/** The shortest encodings only, no surrogates, nothing beyond U+10FFFF (RFC 3629). */
const SEQUENCE =
  /[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|\u00ed[\u0080-\u009f][\u0080-\u00bf]|[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2}/y;

/** The character at a byte. As Go does, one byte that does not fit is one character of its own. */
export function decodeRune(bytes: string, at: number): Rune {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { rune: first, size: 1 };
  SEQUENCE.lastIndex = at;
  const found = SEQUENCE.exec(bytes)?.[0];
  if (found === undefined) return { rune: REPLACEMENT, size: 1, invalid: true };
  let rune = first & (0x7f >> found.length);
  for (let index = 1; index < found.length; index += 1) {
    rune = (rune << 6) | (found.charCodeAt(index) & 0x3f);
  }
  return { rune, size: found.length };
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
