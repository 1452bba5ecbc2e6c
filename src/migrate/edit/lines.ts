import { stringify } from 'yaml';

/** Where the line begins that an offset is in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the next line begins; the end of the text for the last one. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

/** How many characters stand before it on its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether nothing but blanks stands before it on its line. */
export function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** Where the comment lines begin that stand directly above a line; the line itself where there are none. */
export function aboveWithComments(text: string, offset: number): number {
  let from = lineStart(text, offset);
  while (from > 0) {
    const before = lineStart(text, from - 1);
    if (!/^[ \t]*#/.test(text.slice(before, from))) return from;
    from = before;
  }
  return from;
}

/** Words that YAML 1.1, which kubectl reads, takes for something else than text are quoted. */
const OPTIONS = { lineWidth: 0, compat: 'yaml-1.1' } as const;

/** A text as a block scalar, a plain one, or in quotes where it needs them; without a line break at its end. */
export function blockPair(key: string, text: string): string {
  return stringify({ [key]: text }, OPTIONS).replace(/\n$/, '');
}

/** A text on one line. */
export function inlineText(text: string): string {
  return /[\r\n]/.test(text) ? JSON.stringify(text) : stringify(text, OPTIONS).trimEnd();
}

/** Every line that is not empty, moved to the right. */
export function indented(lines: string, columns: number): string {
  return lines.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
