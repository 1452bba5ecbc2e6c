// The form that nearly every block has, `NAME: reference` and no more, without the YAML parser: it takes as long for one
// line as the rest of a review does. What this reads, YAML reads the same (a property test holds the two together).

import type { BlockEntry } from './block-form.ts';

/** Printable ASCII, and a first character that begins nothing but plain text in YAML. */
const LINE = /^([A-Za-z0-9_/][A-Za-z0-9_./-]*): +([A-Za-z0-9/(\\$][\x20-\x7e]*)$/;

/** `: ` would begin another map, ` #` a comment. */
function isPlain(value: string): boolean {
  return !value.includes(': ') && !value.includes(' #') && !value.endsWith(':');
}

/** The entries of a block in which every line is plain, blank or a comment; `undefined` for any other. */
export function readPlainLines(text: string): readonly BlockEntry[] | undefined {
  const entries: BlockEntry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, key = '', written = ''] = LINE.exec(line) ?? [];
    const value = written.trimEnd();
    if (value === '' || !isPlain(value)) return undefined;
    entries.push({ key, value, line: index + 1 });
  }
  return entries.length === 0 ? undefined : entries;
}
