// Collections in brackets, JSON among them, are written anew as a whole where something in them changes; every text that
// stays is copied from the file.

import { isMap, isScalar, type Node, type Pair } from 'yaml';

import type { Path } from '../../manifests/node-path.ts';
import type { Edit } from './edit.ts';
import { cannotEdit, type Collection, type Editing, isFlow, rangeOf } from './editing.ts';
import { inlineText, lineStart } from './lines.ts';

/** How the entries of a collection stand. */
interface Layout {
  readonly opening: string;
  readonly separator: string;
  readonly closing: string;
  /** What stands before each entry on a line of its own; undefined where they share one line. */
  readonly indent?: string;
}

/** Changes below one collection; paths begin at it. */
interface Rewriting {
  readonly editing: Editing;
  readonly edits: readonly Edit[];
}

/** The text of a collection in brackets with all changes in it. Paths of `edits` begin at the collection. */
export function flowText(editing: Editing, node: Collection, edits: readonly Edit[]): string {
  const [start, end] = rangeOf(node);
  if (editing.comments.some(({ offset }) => offset > start && offset < end))
    throw cannotEdit('a comment stands in brackets');
  return collectionText({ editing, edits }, node);
}

function collectionText(rewriting: Rewriting, node: Collection): string {
  const { editing, edits } = rewriting;
  if (edits.length === 0) return editing.text.slice(...rangeOf(node));
  const layout = layoutOf(editing, node);
  const entries = isMap<Node, Node | null>(node)
    ? mapEntries(rewriting, node.items, layout)
    : listEntries(rewriting, node.items, layout);
  const [open, close] = isMap(node) ? ['{', '}'] : ['[', ']'];
  const { opening, separator, closing } = layout;
  return entries.length === 0 ? open + close : open + opening + entries.join(separator) + closing + close;
}

function layoutOf({ text, newline }: Editing, node: Collection): Layout {
  const [start, end] = rangeOf(node);
  const [first] = node.items;
  const [last] = node.items.slice(-1);
  const from = first === undefined ? undefined : rangeOf(startOf(first))[0];
  const opening = from === undefined ? '' : text.slice(start + 1, from);
  const to = last === undefined ? end - 1 : endOf(last);
  const closing = text.slice(to, end - 1).replace(/^\s*,/, '');
  if (from === undefined || !opening.includes('\n')) return { opening, separator: ', ', closing };
  const indent = text.slice(lineStart(text, from), from);
  return { opening, separator: `,${newline}${indent}`, closing, indent };
}

type Entry = Node | Pair<Node, Node | null>;

function isPair(entry: Entry): entry is Pair<Node, Node | null> {
  return 'key' in entry && !isScalar(entry);
}

function startOf(entry: Entry): Node {
  return isPair(entry) ? entry.key : entry;
}

function endOf(entry: Entry): number {
  return rangeOf(isPair(entry) ? (entry.value ?? entry.key) : entry)[1];
}

/** The changes whose paths go through a step, from behind it. */
function below(edits: readonly Edit[], step: string | number): readonly Edit[] {
  return edits
    .filter(({ path }) => path.length > 0 && String(path[0]) === String(step))
    .map((edit) => ({ ...edit, path: edit.path.slice(1) }));
}

/** The change that is about the step itself. */
function at(edits: readonly Edit[], step: string | number, kind: Edit['kind']): Edit | undefined {
  return edits.find(
    (edit) => edit.kind === kind && edit.path.length === 1 && String(edit.path[0]) === String(step),
  );
}

function valueText({ editing, edits }: Rewriting, node: Node): string {
  return isFlow(node) ? collectionText({ editing, edits }, node) : editing.text.slice(...rangeOf(node));
}

function listEntries(
  { editing, edits }: Rewriting,
  items: readonly Node[],
  layout: Layout,
): readonly string[] {
  const kept = items.flatMap((item, index) =>
    at(edits, index, 'remove') === undefined
      ? [valueText({ editing, edits: below(edits, index) }, item)]
      : [],
  );
  const added = edits.flatMap((edit) => (edit.kind === 'prepend' && isHere(edit.path) ? edit.variables : []));
  return [...added.map((variable) => newText(editing, { ...variable }, layout)), ...kept];
}

function isHere(path: Path): boolean {
  return path.length === 0;
}

function mapEntries(
  { editing, edits }: Rewriting,
  pairs: readonly Pair<Node, Node | null>[],
  layout: Layout,
): readonly string[] {
  const names = new Set<string>();
  const kept = pairs.flatMap(({ key, value }): readonly string[] => {
    const name = isScalar(key) ? String(key.value) : '';
    names.add(name);
    const [keyStart] = rangeOf(key);
    if (at(edits, name, 'remove') !== undefined) return [];
    const replaced = at(edits, name, 'replace');
    if (replaced?.kind === 'replace') return [newPair(editing, layout, replaced.key, replaced.text)];
    const inside = below(edits, name);
    if (value === null || !isFlow(value)) {
      if (inside.length > 0) return [newPair(editing, layout, name, madeValue(inside))];
      return [editing.text.slice(keyStart, rangeOf(value ?? key)[1])];
    }
    const [valueStart] = rangeOf(value);
    return [editing.text.slice(keyStart, valueStart) + collectionText({ editing, edits: inside }, value)];
  });
  const missing = [...new Set(edits.map(({ path }) => path[0]))].filter(
    (step): step is string => typeof step === 'string' && !names.has(step),
  );
  const texts = edits.flatMap((edit) => (edit.kind === 'add' && isHere(edit.path) ? edit.entries : []));
  return [
    ...kept,
    ...missing.map((step) => newPair(editing, layout, step, madeValue(below(edits, step)))),
    ...texts.map(({ key, text }) => newPair(editing, layout, key, text)),
  ];
}

type New = string | readonly New[] | { readonly [key: string]: New };

/** What changes make where nothing is yet. */
function madeValue(edits: readonly Edit[]): New {
  const [first] = edits;
  if (first === undefined) return {};
  if (first.path.length > 0) {
    const step = String(first.path[0]);
    return { [step]: madeValue(below(edits, step)) };
  }
  if (first.kind === 'add') return Object.fromEntries(first.entries.map(({ key, text }) => [key, text]));
  return first.kind === 'prepend' ? first.variables.map((variable) => ({ ...variable })) : {};
}

function newPair(editing: Editing, layout: Layout, key: string, value: New): string {
  return `${newText(editing, key, layout)}: ${newText(editing, value, layout)}`;
}

/** In JSON as JSON; elsewhere without quotes where none are needed. */
function newText(editing: Editing, value: New, layout: Layout): string {
  if (editing.isJson) return newJson(editing, value, layout);
  if (typeof value === 'string') {
    const text = inlineText(value);
    return /^[^"'][^,[\]{}]*$/.test(text) || /^["']/.test(text) ? text : JSON.stringify(value);
  }
  if (isList(value)) return `[${value.map((each) => newText(editing, each, layout)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, each]) => newPair(editing, layout, key, each));
  return `{ ${pairs.join(', ')} }`;
}

/** As deep as its surroundings, where those have lines of their own. */
function newJson({ newline }: Editing, value: New, { indent, closing }: Layout): string {
  if (indent === undefined) return JSON.stringify(value);
  const step = Math.max(1, indent.length - closing.replace(/^[^]*\n/, '').length);
  return JSON.stringify(value, null, step).replaceAll('\n', newline + indent);
}

function isList(value: New): value is readonly New[] {
  return Array.isArray(value);
}

/** Used by the block form: a list or mapping in brackets that holds nothing. */
export function isEmptyFlow(node: unknown): boolean {
  return isFlow(node) && node.items.length === 0;
}
