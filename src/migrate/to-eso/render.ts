// A new manifest as YAML, with the comments of the old one.

import {
  Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from 'yaml';

import type { Path } from '../../manifests/node-path.ts';
import { commentsOf } from '../edit/comments.ts';
import { inlineText } from '../edit/lines.ts';
import type { Tree } from './tree.ts';

/** An object of the old manifest, every scalar as the text that stands in it. */
interface Old {
  readonly document: Document.Parsed;
  /** Where the object stands in the document. */
  readonly at: Path;
}

/** An object of a document that becomes another one. */
export interface NewObject {
  readonly at: Path;
  readonly tree: Tree;
}

function readOld(text: string): Document.Parsed {
  return parseDocument(text, {
    schema: 'failsafe',
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
}

interface Found {
  readonly key?: Node;
  readonly value: Node | null;
}

function find({ document, at }: Old, path: Path): Found | undefined {
  let value: unknown = document.contents;
  let key: Node | undefined;
  for (const step of [...at, ...path]) {
    if (isSeq(value)) {
      key = undefined;
      value = value.items[Number(step)];
      continue;
    }
    const pair = isMap(value)
      ? value.items.find((each) => isScalar(each.key) && String(each.key.value) === String(step))
      : undefined;
    if (pair === undefined) return undefined;
    key = isNode(pair.key) ? pair.key : undefined;
    value = pair.value;
  }
  if (value !== null && !isNode(value)) return undefined;
  return { value, ...(key === undefined ? {} : { key }) };
}

/** A text with quotes where YAML 1.1 or 1.2 would take it for something else; several lines as a block. */
function scalar(text: string): Scalar {
  const node = new Scalar(text);
  if (text.includes('\n')) node.type = Scalar.BLOCK_LITERAL;
  else if (inlineText(text).startsWith('"')) node.type = Scalar.QUOTE_DOUBLE;
  else if (inlineText(text).startsWith("'")) node.type = Scalar.QUOTE_SINGLE;
  return node;
}

function bare(tree: Exclude<Tree, { kind: 'copy' }>, old: Old): Node {
  if (tree.kind === 'text') return scalar(tree.text);
  if (tree.kind === 'flag') return new Scalar(String(tree.value));
  if (tree.kind === 'list') {
    const seq = new YAMLSeq();
    seq.items = tree.items.map((item) => nodeOf(item, old));
    return seq;
  }
  const made = new YAMLMap();
  made.items = tree.entries.map(([key, value]) => pairOf(key, value, old));
  return made;
}

function nodeOf(tree: Tree, old: Old): Node {
  const found = tree.from === undefined ? undefined : find(old, tree.from);
  const before = found?.value ?? undefined;
  if (tree.kind === 'copy') return (before?.clone() as Node | undefined) ?? new Scalar('');
  const node = bare(tree, old);
  if (before !== undefined) standLike(node, before);
  return node;
}

/** The comments of what was there, its blank line, and its brackets. */
function standLike(node: Node, before: Node): void {
  node.comment = before.comment ?? null;
  node.commentBefore = before.commentBefore ?? null;
  if (before.spaceBefore === true) node.spaceBefore = true;
  if (isFlow(before) && (isMap(node) || isSeq(node))) node.flow = true;
}

function isFlow(node: Node): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

function pairOf(key: string, value: Tree, old: Old): Pair {
  const name = scalar(key);
  const found = value.from === undefined ? undefined : find(old, value.from);
  if (found?.key?.commentBefore) name.commentBefore = found.key.commentBefore;
  if (found?.key?.spaceBefore === true) name.spaceBefore = true;
  return new Pair(name, nodeOf(value, old));
}

/** How lists stand under their keys in the old manifest. */
function indentsLists(text: string): boolean {
  const list = /^([ -]*)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- /m.exec(text);
  return list === null || (list[2] ?? '').length > (list[1] ?? '').length;
}

function printed(contents: unknown, text: string): string {
  const document = new Document(undefined, { schema: 'failsafe' });
  document.contents = contents as typeof document.contents;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, indentSeq: indentsLists(text) });
}

/**
 * A document as YAML with some of its objects new. Every comment comes along; one whose place is gone stands above all.
 *
 * @param text of the document, as it is
 * @param more objects that join a List
 */
export function renderDocument(text: string, objects: readonly NewObject[], more: readonly Tree[]): string {
  const document = readOld(text);
  const nodes = objects.map(({ at, tree }) => ({ at, node: nodeOf(tree, { document, at }) }));
  let contents: unknown = document.contents;
  for (const { at, node } of nodes) {
    if (at.length === 0) contents = node;
    else document.setIn(at, node);
  }
  const list = document.getIn(['items']);
  if (objects.some(({ at }) => at.length > 0) && isSeq(list))
    list.items.push(...more.map((tree) => nodeOf(tree, { document, at: [] })));
  const made = printed(contents, text);
  const lost = commentsOf(readOld(text).contents?.srcToken).filter(({ source }) => !made.includes(source));
  return lost.map(({ source }) => `${source}\n`).join('') + made;
}

/** A tree that stands for nothing old. */
export function renderNew(tree: Tree): string {
  return printed(nodeOf(tree, { document: readOld(''), at: [] }), '');
}
