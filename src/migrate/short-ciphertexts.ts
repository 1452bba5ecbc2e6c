const CIPHERTEXT = /(\bsealed:[A-Za-z0-9+/]{12})[A-Za-z0-9+/]+={0,2}…?/g;

/** A line of the report in which only the beginnings of sealed values stand: each has hundreds of characters. */
export function withShortCiphertexts(text: string): string {
  return text.replaceAll(CIPHERTEXT, '$1…');
}
