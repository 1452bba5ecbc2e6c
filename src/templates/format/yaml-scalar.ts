import { readsAsText } from './yaml-resolve.ts';

// Texts here are JavaScript's, by code points, as YAML's rules are about characters.

const BREAK = /[\n\r\u0085\u2028\u2029]/;
/** What the library prints as it is: no tab, and nothing beyond the basic plane. */
const UNPRINTABLE = /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const INDICATOR_FIRST = /^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$)|---|\.\.\.)/;
const INDICATOR_LATER = /:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029]#/;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\u0007', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\u001b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
]);

function escaped(character: string): string {
  const named = ESCAPES.get(character);
  if (named !== undefined) return `\\${named}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

const UNSAFE = /[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\\u2028\u2029]/u;

/** Behind a byte order mark at the beginning the library escapes everything. */
function doubleQuoted(text: string, place: ScalarPlace): string {
  const mark = text.startsWith('\ufeff');
  const pieces = Array.from(text, (character) =>
    mark || UNSAFE.test(character) ? escaped(character) : character,
  );
  return `"${folded(pieces, { ...place, column: place.column + 1 }, true)}"`;
}

function singleQuoted(text: string, place: ScalarPlace): string {
  const pieces = Array.from(text, (character) => (character === "'" ? "''" : character));
  return `'${folded(pieces, { ...place, column: place.column + 1 }, false)}'`;
}

/** `|`, with what YAML wants to know about white space at its two ends. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n\r\u0085\u2028\u2029]/.test(text) ? '2' : '';
  const ends = BREAK.test(text.slice(-1));
  const keeps = ends && (text.length === 1 || BREAK.test(text.slice(-2, -1)));
  const chomp = keeps ? '+' : ends ? '' : '-';
  const pad = ' '.repeat(indent);
  const lines = text.replace(/\n$/, '').split('\n');
  const body = lines.map((line) => (line === '' ? '' : pad + line)).join('\n');
  return `|${hint}${chomp}\n${body}${ends ? '\n' : ''}`;
}

export interface ScalarPlace {
  /** How far the lines of a block, or behind a fold, are indented. */
  readonly indent: number;
  /** How many characters stand before it in its line. */
  readonly column: number;
  /** A key stays on one line. */
  readonly key: boolean;
}

const WIDTH = 80;

/**
 * Breaks lines at single spaces once they are longer than {@link WIDTH}. `pieces` are the characters as they are
 * written, `escapes` says that a space may follow the break, behind a backslash.
 */
function folded(pieces: readonly string[], { indent, column, key }: ScalarPlace, escapes: boolean): string {
  if (key) return pieces.join('');
  let text = '';
  let at = column;
  for (const [index, piece] of pieces.entries()) {
    if (at <= WIDTH || !canBreak(pieces, index, escapes)) {
      text += piece;
      at += Array.from(piece).length;
      continue;
    }
    const mark = pieces[index + 1] === ' ' ? '\\' : '';
    text += `\n${' '.repeat(indent)}${mark}`;
    at = indent + mark.length;
  }
  return text;
}

/** A space that stands neither at an end nor behind another one; before another one only where that can be escaped. */
function canBreak(pieces: readonly string[], index: number, escapes: boolean): boolean {
  const [before, piece, next] = [pieces[index - 1], pieces[index], pieces[index + 1]];
  if (piece !== ' ' || before === undefined || next === undefined || before === ' ') return false;
  return escapes || next !== ' ';
}

/** Whether a text can stand before a colon as it is. */
export function isSimpleKey(text: string): boolean {
  return Buffer.byteLength(text) <= 128 && !BREAK.test(text);
}

/** Whether a text that reads as itself can stand without quotation marks. */
function isPlain(text: string): boolean {
  if (/^ | $/.test(text) || BREAK.test(text)) return false;
  return !INDICATOR_FIRST.test(text) && !INDICATOR_LATER.test(text);
}

/** A text in the style that the YAML library of Kubernetes chooses. A block ends in a new line where the text does. */
export function yamlText(text: string, place: ScalarPlace): string {
  if (text === '') return '""';
  const special = UNPRINTABLE.test(text) || / [\n\r\u0085\u2028\u2029]/.test(text);
  if (text.includes('\n')) {
    const block = !special && !place.key && !text.endsWith(' ');
    return block ? literal(text, place.indent) : doubleQuoted(text, place);
  }
  if (special || !readsAsText(text)) return doubleQuoted(text, place);
  return isPlain(text) ? folded(Array.from(text), place, false) : singleQuoted(text, place);
}
