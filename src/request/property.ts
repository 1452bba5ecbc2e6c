// One value out of a JSON document, as the text that stands in it: numbers keep their digits, objects the order of
// their keys. Nothing here ever puts text of the document into an error.

import { parseTree } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';
import { readPath } from './property-path.ts';

/** What a property of a document is. */
export type Property =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'null' }
  | { readonly kind: 'missing' }
  /** Half of a surrogate pair, which no bytes can say. */
  | { readonly kind: 'not-text' }
  /** No key of this name, and no path either. */
  | { readonly kind: 'no-path' };

/** One member of a JSON object. */
export interface JsonMember {
  readonly key: string;
  readonly value: Exclude<Property, { kind: 'missing' | 'no-path' }>;
}

/** A document that is JSON and not too deep. */
export interface JsonDocument {
  readonly text: string;
  readonly root: Node;
  /** Of the root, which every property begins at. */
  readonly members: ReadonlyMap<string, Node>;
}

export type JsonReading =
  | { readonly kind: 'json'; readonly document: JsonDocument }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'too-deep' };

/** The tree parser recurses; a document this deep holds no secret anybody wrote. */
export const DEEPEST = 200;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The parser's message repeats the text: nothing of it may leave this function.
    return false;
  }
}

/** The tokens of a text that is known to be JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Reads a document strictly: what `JSON.parse` refuses is not JSON. */
export function readJson(text: string): JsonReading {
  if (!isJson(text)) return { kind: 'not-json' };
  if (depthOf(text) > DEEPEST) return { kind: 'too-deep' };
  const root = parseTree(text);
  if (root === undefined) return { kind: 'not-json' };
  return { kind: 'json', document: { text, root, members: membersOf(text, root) } };
}

function sourceOf(text: string, node: Node): string {
  return text.slice(node.offset, node.offset + node.length);
}

/** The source of an object or array without the white space between its tokens. */
function compact(source: string): string {
  return (source.match(TOKEN) ?? []).join('');
}

function stringOf(source: string): string {
  const value: unknown = JSON.parse(source);
  return typeof value === 'string' ? value : '';
}

function valueOf(text: string, node: Node): JsonMember['value'] {
  const source = sourceOf(text, node);
  if (node.type === 'null') return { kind: 'null' };
  if (node.type === 'object' || node.type === 'array') return { kind: 'text', text: compact(source) };
  if (node.type !== 'string') return { kind: 'text', text: source };
  const value = stringOf(source);
  return value.isWellFormed() ? { kind: 'text', text: value } : { kind: 'not-text' };
}

function keyOf(text: string, member: Node): string {
  const [key] = member.children ?? [];
  return key === undefined ? '' : stringOf(sourceOf(text, key));
}

/** Members by key; of two with one key the last counts, as for every JSON parser. */
function membersOf(text: string, node: Node): ReadonlyMap<string, Node> {
  const members = new Map<string, Node>();
  for (const member of node.type === 'object' ? (node.children ?? []) : []) {
    const value = member.children?.[1];
    if (value !== undefined) members.set(keyOf(text, member), value);
  }
  return members;
}

function step(document: JsonDocument, node: Node, segment: string | number): Node | undefined {
  if (typeof segment === 'number') return node.type === 'array' ? node.children?.[segment] : undefined;
  const members = node === document.root ? document.members : membersOf(document.text, node);
  return members.get(segment);
}

function find(document: JsonDocument, property: string): Node | 'missing' | 'no-path' {
  const exact = document.members.get(property);
  if (exact !== undefined) return exact;
  const path = readPath(property);
  if (path === undefined) return 'no-path';
  let node: Node | undefined = document.root;
  for (const segment of path) node = node === undefined ? undefined : step(document, node, segment);
  return node ?? 'missing';
}

/**
 * Looks a property up: an exact top-level key wins, otherwise it is a path of keys, quoted keys and indexes. Strings come
 * decoded; numbers and booleans as their source; objects and arrays as the compact JSON of their source.
 *
 * @example readProperty(document, 'db.users[0]."first name"')
 */
export function readProperty(document: JsonDocument, property: string): Property {
  const node = find(document, property);
  return typeof node === 'string' ? { kind: node } : valueOf(document.text, node);
}

/** The members of the object that the document is, or that `property` names; another answer where there is none. */
export function readMembers(
  document: JsonDocument,
  property: string | undefined,
): readonly JsonMember[] | 'missing' | 'null' | 'no-path' | 'no-object' {
  const node = property === undefined ? document.root : find(document, property);
  if (typeof node === 'string') return node;
  if (node.type === 'null') return 'null';
  if (node.type !== 'object') return 'no-object';
  return [...membersOf(document.text, node)].map(([key, value]) => ({
    key,
    value: valueOf(document.text, value),
  }));
}
