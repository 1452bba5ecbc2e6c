// Collections by indentation: whole lines go, come and change; all other lines stay as they are, to the byte.

import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';

import type { Path } from '../../manifests/node-path.ts';
import type { Comment } from './comments.ts';
import type { Added, Edit } from './edit.ts';
import {
  cannotEdit,
  type Editing,
  keyEnd,
  type Located,
  locate,
  pairEnd,
  rangeOf,
  contentEnd,
} from './editing.ts';
import { isEmptyFlow } from './flow.ts';
import {
  aboveWithComments,
  beginsLine,
  blockPair,
  columnOf,
  indented,
  inlineText,
  lineStart,
  nextLine,
} from './lines.ts';

/** Text of a file that another text stands for from now on. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Of<Kind extends Edit['kind']> = Extract<Edit, { kind: Kind }>;

function isBlockMap(node: unknown): node is YAMLMap<Node, Node | null> {
  return isMap(node) && node.flow !== true;
}

/** The lines of an entry of a list or of a field, with the comments directly above. */
function linesOf(editing: Editing, { node, pair, around: [parent] }: Located): Omit<Change, 'text'> {
  const { text } = editing;
  const start = pair === undefined ? dashOf(editing, node, parent) : rangeOf(pair.key)[0];
  const end = pair === undefined ? entryEnd(editing, node, start) : pairEnd(editing, pair);
  if (beginsLine(text, start)) return { from: aboveWithComments(text, start), to: nextLine(text, end) };
  // The first field of an entry of a list: the next one takes its place behind the dash.
  const [, second] = isBlockMap(parent) ? parent.items : [];
  if (pair === undefined || second === undefined) throw cannotEdit('it stands on a line with other parts');
  return { from: start, to: rangeOf(second.key)[0] };
}

function entryEnd(editing: Editing, node: Node | null, dash: number): number {
  return node === null ? dash + 1 : Math.max(dash + 1, contentEnd(editing, node));
}

function dashOf({ text }: Editing, node: Node | null, parent: unknown): number {
  const token = isSeq(parent) ? parent.srcToken : undefined;
  const dashes =
    token?.type === 'block-seq'
      ? token.items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind'))
      : [];
  const index = isSeq(parent) ? parent.items.indexOf(node) : -1;
  const dash = dashes[index]?.offset;
  if (dash === undefined || text[dash] !== '-') throw cannotEdit('its place in the file is not known');
  return dash;
}

/** The comments of parts that go, in order. */
export function commentsIn(editing: Editing, paths: readonly Path[] = []): readonly Comment[] {
  const ranges = paths.flatMap((path) => {
    const located = locate(editing, path);
    if (located === undefined || isInFlow(located)) return [];
    return [linesOf(editing, located)];
  });
  return editing.comments.filter(({ offset }) =>
    ranges.some(({ from, to }) => offset >= from && offset < to),
  );
}

function isInFlow({ around }: Located): boolean {
  return around.some((each) => each.flow === true);
}

export function removal(editing: Editing, located: Located): Change {
  return { ...linesOf(editing, located), text: '' };
}

/** A field becomes another one; comments within it are kept. */
export function replacement(editing: Editing, located: Located, { key, text }: Of<'replace'>): Change {
  const { pair } = located;
  if (pair === undefined) throw cannotEdit('it is no field of a mapping');
  const [from] = rangeOf(pair.key);
  const to = pairEnd(editing, pair);
  const column = columnOf(editing.text, from);
  const comments = editing.comments
    .filter(({ offset }) => offset > from && offset < to)
    .map(({ source }) => source);
  const field = `${key}: ${inlineText(text)}`;
  const above = beginsLine(editing.text, from);
  const lines = above ? [...comments, field] : [field];
  const space = `${editing.newline}${' '.repeat(column)}`;
  const below = above ? '' : comments.map((comment) => space + comment).join('');
  return { from, to, text: lines.join(space) + below };
}

/** The texts that a mapping gets, each with its comments above it; without indentation. */
function addedLines(editing: Editing, entries: readonly Added[], others: readonly Comment[]): string {
  const first = Math.max(
    0,
    entries.findIndex(({ commentsOf }) => commentsOf !== undefined),
  );
  return entries
    .flatMap(({ key, text, commentsOf }, index) => [
      ...[...(index === first ? others : []), ...commentsIn(editing, commentsOf)].map(({ source }) => source),
      blockPair(key, text),
    ])
    .join('\n');
}

/** Whole lines at an offset where a line begins, or behind the last line of the file. */
function insertion(editing: Editing, at: number, lines: string): Change {
  const { text, newline } = editing;
  const first = at > 0 && text[at - 1] !== '\n' ? newline : '';
  return { from: at, to: at, text: `${first}${lines}\n`.replaceAll(/\r?\n/g, newline) };
}

/** How much deeper a mapping within a mapping stands, as the document does it. */
function stepOf({ document, text }: Editing): number {
  const { contents } = document;
  for (const { key, value } of isBlockMap(contents) ? contents.items : []) {
    const [first] = isBlockMap(value) ? value.items : [];
    if (first !== undefined) return columnOf(text, rangeOf(first.key)[0]) - columnOf(text, rangeOf(key)[0]);
  }
  return 2;
}

/** How much deeper the dashes of a list stand than its key, as the list of containers does it. */
function dashStepOf(editing: Editing, container: Path): number {
  const list = locate(editing, container.slice(0, -1));
  if (list?.pair === undefined || !isSeq<Node>(list.node) || list.node.flow === true) return stepOf(editing);
  const dash = dashOf(editing, list.node.items[0] ?? null, list.node);
  return columnOf(editing.text, dash) - columnOf(editing.text, rangeOf(list.pair.key)[0]);
}

/** New fields in a mapping: before `spec`, where that is one of the first things, or behind the last one. */
function intoMap(editing: Editing, map: YAMLMap<Node, Node | null>, lines: string, first: boolean): Change {
  const [start] = map.items;
  const last = map.items.at(-1);
  if (start === undefined || last === undefined) throw cannotEdit('the mapping is empty');
  const [from] = rangeOf(start.key);
  const text = indented(lines, columnOf(editing.text, from));
  if (first && beginsLine(editing.text, from)) return insertion(editing, lineStart(editing.text, from), text);
  return insertion(editing, nextLine(editing.text, pairEnd(editing, last)), text);
}

/** `a:` within `b:` … around lines that stand deeper by a step each. */
function nested(lines: string, keys: readonly string[], step: number): string {
  return keys.reduceRight((inner, key) => `${key}:\n${indented(inner, step)}`, lines);
}

/** A field that is there, but holds nothing, gets what stands in the lines. */
function intoField(editing: Editing, { pair, node }: Located, lines: string): Change {
  if (pair === undefined) throw cannotEdit('it is no field of a mapping');
  const [start] = rangeOf(pair.key);
  const colon = keyEnd(editing, pair);
  const text = indented(lines, columnOf(editing.text, start) + stepOf(editing));
  if (!isEmptyFlow(node) && pairEnd(editing, pair) === colon)
    return insertion(editing, nextLine(editing.text, colon), text);
  const whole = `\n${text}`.replaceAll(/\r?\n/g, editing.newline);
  return { from: colon, to: pairEnd(editing, pair), text: whole };
}

/**
 * The lines of `add`, wherever the mapping has to be made first.
 *
 * @param others comments that would be lost otherwise
 */
export function addition(editing: Editing, { path, entries }: Of<'add'>, others: readonly Comment[]): Change {
  return placed(editing, path, addedLines(editing, entries, others));
}

function placed(editing: Editing, path: Path, lines: string): Change {
  const located = locate(editing, path);
  if (located !== undefined && isBlockMap(located.node)) return intoMap(editing, located.node, lines, false);
  if (located !== undefined) return intoField(editing, located, lines);
  const missing = path.findIndex((_, index) => locate(editing, path.slice(0, index + 1)) === undefined);
  const parent = locate(editing, path.slice(0, missing));
  const text = nested(lines, path.slice(missing).map(String), stepOf(editing));
  if (parent === undefined) throw cannotEdit('it stands in nothing');
  if (!isBlockMap(parent.node)) return intoField(editing, parent, text);
  return intoMap(editing, parent.node, text, path[missing] === 'metadata');
}

/** Variables before all others of a container. */
export function prepended(
  editing: Editing,
  { path, variables }: Of<'prepend'>,
  others: readonly Comment[],
): Change {
  const entries = variables.map(
    ({ name, value }) => `- name: ${inlineText(name)}\n  value: ${inlineText(value)}`,
  );
  const lines = [...others.map(({ source }) => source), ...entries].join('\n');
  const located = locate(editing, path);
  const list = located?.node;
  const [first] = isSeq<Node>(list) && list.flow !== true ? list.items : [];
  if (first !== undefined) {
    const dash = dashOf(editing, first, list);
    const at = aboveWithComments(editing.text, dash);
    return insertion(editing, at, indented(lines, columnOf(editing.text, dash)));
  }
  const container = path.slice(0, -1);
  const deep = dashStepOf(editing, container);
  if (located === undefined) return placed(editing, container, `env:\n${indented(lines, deep)}`);
  return intoField(editing, located, lines);
}
