import { Parser } from 'yaml';

/** Where the documents of a file stand; as many as `readForEditing` gives. */
export interface DocumentRange {
  /** Of its `---`, or of its first character. */
  readonly start: number;
  /** Where the next one starts, with what stands between. */
  readonly end: number;
}

/** The documents of a file, in order. */
export function documentRanges(text: string): readonly DocumentRange[] {
  const tokens = [...new Parser().parse(text)];
  const starts = tokens.flatMap((token) => (token.type === 'document' ? [token.offset] : []));
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}

/** Whether the file says something of its documents that could change hands when one goes. */
export function hasDirectives(text: string): boolean {
  return [...new Parser().parse(text)].some(({ type }) => type === 'directive' || type === 'doc-end');
}
