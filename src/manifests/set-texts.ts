import { isDeepStrictEqual } from 'node:util';

import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';

import { LatchkeyError } from '../errors.ts';
import { isRecord } from './objects.ts';
import type { Path } from './node-path.ts';
import { entryText, scalarText, type Style } from './written-texts.ts';

/** A text to stand at a path of one of a file's documents. */
export interface TextEdit {
  /** Which document of the file, from 0. */
  readonly document: number;
  /** To a text that is there, or to a new key of a mapping; mappings that are missing are made. */
  readonly path: Path;
  readonly value: string;
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const OPTIONS = { prettyErrors: false, merge: true, logLevel: 'silent' } as const;

/**
 * Sets texts in a file of YAML documents, or of JSON, and leaves every other character of it alone: comments, order,
 * quotation marks, white space. The result is read again and compared before it is returned.
 *
 * @throws LatchkeyError LK-SYNTAX where the form of the file does not allow it, as with aliases
 */
export function setTexts(text: string, edits: readonly TextEdit[]): string {
  // One after the other: a second new key goes behind the first.
  const edited = edits.reduce(setText, text);
  const wanted = plain(text);
  for (const { document, path, value } of edits) wanted[document] = withText(wanted[document], path, value);
  if (!isDeepStrictEqual(plain(edited), wanted)) throw unfit();
  return edited;
}

function setText(text: string, { document, path, value }: TextEdit): string {
  const parsed = documentsOf(text)[document];
  const splice = parsed === undefined ? undefined : spliceFor({ text, document: parsed }, path, value);
  if (splice === undefined) throw unfit();
  return text.slice(0, splice.start) + splice.text + text.slice(splice.end);
}

interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
}

function spliceFor({ text, document }: Source, path: Path, value: string): Splice | undefined {
  let map: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    const rest = path.slice(depth + 1);
    const next = childOf(map, step);
    if (next === undefined)
      return isMap(map) ? insertion(text, map, { path: path.slice(depth), value }) : undefined;
    if (rest.length === 0) return replacement(text, next, value);
    // `encryptedData:` with nothing behind it, or `{}`.
    if (isEmpty(next)) return filling(text, next, { path: rest, value });
    map = next;
  }
  return undefined;
}

function childOf(node: unknown, step: string | number): unknown {
  if (isSeq(node)) return typeof step === 'number' ? node.items[step] : undefined;
  if (!isMap(node)) return undefined;
  const found = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
  return found === undefined ? undefined : (found.value ?? undefined);
}

function isEmpty(node: unknown): boolean {
  return (isScalar(node) && node.value === null) || (isMap(node) && node.items.length === 0);
}

function replacement(text: string, node: unknown, value: string): Splice | undefined {
  if (!isScalar(node) || !node.range) return undefined;
  const [start, end] = node.range;
  const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  if (block) return { start, end, text: `${scalarText(value, 'block')}${newlineOf(text)}` };
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  return { start, end, text: scalarText(value, quoted ? 'flow' : 'block') };
}

interface Entry {
  readonly path: Path;
  readonly value: string;
}

function filling(text: string, node: unknown, { path, value }: Entry): Splice | undefined {
  const range = (isScalar(node) || isMap(node)) && node.range ? node.range : undefined;
  if (range === undefined) return undefined;
  const [start, end] = range;
  const gap = /[\s{[,]/.test(text[start - 1] ?? ' ') ? '' : ' ';
  return { start, end, text: `${gap}{ ${entryText(path, value, FLOW)} }` };
}

/** Behind the last entry of a mapping, in the style of the others. */
function insertion(text: string, map: YAMLMap, { path, value }: Entry): Splice | undefined {
  const [first, last] = [map.items.at(0), map.items.at(-1)];
  const [start, end] = [
    first === undefined ? undefined : startOf(first),
    last === undefined ? undefined : endOf(last),
  ];
  if (start === undefined || end === undefined) return undefined;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const newline = newlineOf(text);
  if (map.flow === true) {
    const brace = text.lastIndexOf('{', start);
    const perLine = text.slice(brace, start).includes('\n');
    return { start: end, end, text: `,${perLine ? newline + indent : ' '}${entryText(path, value, FLOW)}` };
  }
  const entry = entryText(path, value, { kind: 'block', indent, newline });
  // A block text ends behind its line; whatever else is followed by the rest of its own: a comment, perhaps.
  if (text[end - 1] === '\n') return { start: end, end, text: `${indent}${entry}${newline}` };
  const lineEnd = text.indexOf('\n', end);
  if (lineEnd === -1) return { start: text.length, end: text.length, text: `${newline}${indent}${entry}` };
  return { start: lineEnd + 1, end: lineEnd + 1, text: `${indent}${entry}${newline}` };
}

const FLOW: Style = { kind: 'flow' };

function startOf({ key }: Pair): number | undefined {
  return isScalar(key) ? key.range?.[0] : undefined;
}

function endOf({ key, value }: Pair): number | undefined {
  const node = value ?? key;
  return isNode(node) ? node.range?.[1] : undefined;
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const all = parseAllDocuments(text, OPTIONS);
  if ('empty' in all || all.some(({ errors }) => errors.length > 0)) throw unfit();
  return all;
}

function plain(text: string): unknown[] {
  return documentsOf(text).map((document): unknown => document.toJS({ maxAliasCount: 1000 }));
}

function withText(node: unknown, [step, ...rest]: Path, value: string): unknown {
  if (step === undefined) return value;
  if (Array.isArray(node))
    return node.map((item: unknown, index) => (index === step ? withText(item, rest, value) : item));
  const record = isRecord(node) ? node : {};
  return { ...record, [step]: withText(Object.hasOwn(record, step) ? record[step] : undefined, rest, value) };
}

/** Nothing of the parser's text: it quotes the file. */
function unfit(): LatchkeyError {
  return new LatchkeyError(
    'LK-SYNTAX',
    'the file is written in a way that cannot be edited in place',
    'Write its mappings out, without anchors and aliases; nothing was changed.',
  );
}
