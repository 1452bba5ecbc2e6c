import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

import { LatchkeyError } from '../../errors.ts';
import type { Path } from '../../manifests/node-path.ts';
import { type Comment, commentsOf } from './comments.ts';

/** One document of a file, with all that its text says. */
export interface Editing {
  /** Of the whole file, which every offset counts in. */
  readonly text: string;
  readonly document: Document.Parsed;
  /** Every comment of the document, in order. */
  readonly comments: readonly Comment[];
  /** How lines end. */
  readonly newline: string;
  /** The anchors that an alias of the document repeats. */
  readonly repeated: ReadonlySet<string>;
  /** It is written in JSON. */
  readonly isJson: boolean;
}

export type Collection = YAMLMap<Node, Node | null> | YAMLSeq<Node>;

/** A part of a document. */
export interface Located {
  readonly node: Node | null;
  /** Of a field. */
  readonly pair?: Pair<Node, Node | null>;
  /** What holds it, from the inside to the outside. */
  readonly around: readonly Collection[];
}

/** The documents of a file, ready to be changed; as many as `readDocuments` counts. */
export function readForEditing(text: string): readonly Editing[] {
  const parsed = parseAllDocuments(text, {
    keepSourceTokens: true,
    lineCounter: new LineCounter(),
    prettyErrors: false,
    merge: true,
    logLevel: 'silent',
  });
  const documents: readonly Document.Parsed[] = 'empty' in parsed ? [] : parsed;
  return documents.map((document) => ({
    text,
    document,
    comments: commentsOf(document.contents?.srcToken),
    repeated: repeatedAnchors(document),
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    isJson: isJson(document),
  }));
}

function repeatedAnchors(document: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, { source }) => void names.add(source) });
  return names;
}

function isJson({ contents }: Document.Parsed): boolean {
  if (!isMap(contents) || contents.flow !== true) return false;
  const [first] = contents.items;
  return isScalar(first?.key) && first.key.type === 'QUOTE_DOUBLE';
}

export function cannotEdit(message: string): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', message, 'Write this part out, or change it by hand.');
}

/**
 * What stands at a path; undefined where nothing does.
 * @throws LatchkeyError LK-SYNTAX where an alias or a merge key stands on the way: what is behind it is used elsewhere too
 */
export function locate({ document }: Editing, path: Path): Located | undefined {
  let node: Node | null = document.contents;
  let pair: Located['pair'];
  const around: Collection[] = [];
  for (const step of path) {
    if (isAlias(node)) throw cannotEdit('it stands behind a YAML alias');
    if (!isMap<Node, Node | null>(node) && !isSeq<Node>(node)) return undefined;
    around.unshift(node);
    if (isSeq(node)) {
      pair = undefined;
      node = node.items[Number(step)] ?? null;
      if (node === null) return undefined;
      continue;
    }
    const found: Located['pair'] = node.items.find(
      ({ key }) => isScalar(key) && String(key.value) === String(step),
    );
    if (found === undefined) {
      if (node.items.some(({ key }) => isScalar(key) && key.source === '<<'))
        throw cannotEdit('it stands behind a YAML merge key');
      return undefined;
    }
    pair = found;
    node = found.value;
  }
  if (isAlias(node)) throw cannotEdit('it stands behind a YAML alias');
  return { node, around, ...(pair === undefined ? {} : { pair }) };
}

export function rangeOf(node: Node | null | undefined): readonly [start: number, end: number] {
  const range = isNode(node) ? node.range : undefined;
  if (range === undefined || range === null) throw cannotEdit('its place in the file is not known');
  return [range[0], range[1]];
}

export function isFlow(node: unknown): node is Collection {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

/** Where the text of a node ends; what follows on its line is a comment at most. */
export function contentEnd(editing: Editing, node: Node): number {
  const [start, end] = rangeOf(node);
  if (isFlow(node)) return end;
  const last = isMap<Node, Node | null>(node) || isSeq<Node>(node) ? node.items.at(-1) : undefined;
  if (last !== undefined) return isNode(last) ? contentEnd(editing, last) : pairEnd(editing, last);
  // A block scalar ends with its last line, blank lines behind it included.
  return start + editing.text.slice(start, end).trimEnd().length;
}

/** Behind the colon of a field. */
export function keyEnd({ text }: Editing, { key }: Pair<Node, Node | null>): number {
  return text.indexOf(':', rangeOf(key)[1]) + 1;
}

/** Where the text of a field ends. */
export function pairEnd(editing: Editing, pair: Pair<Node, Node | null>): number {
  const { value } = pair;
  const colon = keyEnd(editing, pair);
  if (value === null || rangeOf(value)[0] === rangeOf(value)[1]) return colon;
  return Math.max(colon, contentEnd(editing, value));
}
