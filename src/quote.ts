const MAX_QUOTED = 120;
/** Printable ASCII, which nearly every name is: several a review, and the classes below are slow. */
const PLAIN = /^[ -~]*$/;

/**
 * Makes text that a user wrote safe to print in a message, a log line, a terminal or a CI log:
 * control characters, bidirectional overrides and line separators become `\u{…}`, and it is cut at `max` characters.
 * It adds no quotation marks of its own.
 */
export function printable(text: string, max: number = MAX_QUOTED): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (c) => `\\u{${c.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

/** {@link printable} between double quotation marks, for names and values inside a sentence. */
export function quoted(text: string, max?: number): string {
  return `"${printable(text, max).replaceAll('"', '\\"')}"`;
}

/** Cuts at a whole character, to at most `bytes` of UTF-8; what is cut ends in `…`. */
export function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const kept = Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
