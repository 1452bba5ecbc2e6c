// Looks a property up as gjson does, which External Secrets Operator uses: with its order of keys, its wildcards and its
// way to write numbers. Nothing here puts text of the document into an error.

import type { Node } from 'jsonc-parser';
import type { JsonDocument } from '../../request/property.ts';
import { formatFixed } from './go-number.ts';
import { matchesWildcard } from './wildcard.ts';

/** A value that was found. */
interface Found {
  /** As a value of its own: a string without its quotes, null as nothing. */
  readonly text: string;
  /** As JSON. */
  readonly raw: string;
}

interface Member {
  readonly key: string;
  readonly value: Node;
}

/** A document, with the members of each object read once. */
export interface Searchable {
  readonly document: JsonDocument;
  readonly members: Map<Node, readonly Member[]>;
}

export function searchable(document: JsonDocument): Searchable {
  return { document, members: new Map() };
}

function sourceOf({ document }: Searchable, node: Node): string {
  return document.text.slice(node.offset, node.offset + node.length);
}

/** Half of a surrogate pair is U+FFFD, as in Go. */
function stringOf(source: string): string {
  const value: unknown = JSON.parse(source);
  return typeof value === 'string' ? value.toWellFormed() : '';
}

function membersOf(search: Searchable, node: Node): readonly Member[] {
  const known = search.members.get(node);
  if (known !== undefined) return known;
  const members = (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key === undefined || value === undefined ? [] : [{ key: stringOf(sourceOf(search, key)), value }],
  );
  search.members.set(node, members);
  return members;
}

/** An integer keeps its digits; any other number becomes a double. */
function numberText(raw: string): string {
  return /^-?[0-9]+$/.test(raw) ? raw : formatFixed(Number(raw));
}

function foundAt(search: Searchable, node: Node): Found {
  const raw = sourceOf(search, node);
  if (node.type === 'string') return { text: stringOf(raw), raw };
  if (node.type === 'null') return { text: '', raw };
  return { text: node.type === 'number' ? numberText(raw) : raw, raw };
}

/** The first component of a path, and what follows its dot. */
interface Step {
  readonly part: string;
  readonly rest: string | undefined;
}

interface KeyStep extends Step {
  readonly wild: boolean;
}

/** A key: a backslash takes the meaning from the character behind it. */
function keyStep(path: string): KeyStep {
  let part = '';
  let wild = false;
  for (let at = 0; at < path.length; at += 1) {
    const character = path.charAt(at);
    if (character === '.') return { part, wild, rest: path.slice(at + 1) };
    if (character === '\\') {
      at += 1;
      part += path.charAt(at);
    } else {
      wild ||= character === '*' || character === '?';
      part += character;
    }
  }
  return { part, wild, rest: undefined };
}

/** In a list nothing is escaped. */
function listStep(path: string): Step {
  const dot = path.indexOf('.');
  return dot === -1
    ? { part: path, rest: undefined }
    : { part: path.slice(0, dot), rest: path.slice(dot + 1) };
}

/** The first member that matches and leads to the end of the path: gjson goes on behind one that does not. */
function inObject(search: Searchable, node: Node, path: string): Found | undefined {
  const { part, wild, rest } = keyStep(path);
  for (const { key, value } of membersOf(search, node)) {
    if (wild ? !matchesWildcard(key, part) : key !== part) continue;
    const found = rest === undefined ? foundAt(search, value) : within(search, value, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inList(search: Searchable, node: Node, path: string): Found | undefined {
  const items = node.children ?? [];
  if (path === '#') return { text: String(items.length), raw: String(items.length) };
  const { part, rest } = listStep(path);
  if (part === '#' && rest !== undefined) {
    const found = items.flatMap((item) => within(search, item, rest)?.raw ?? []);
    const raw = `[${found.join(',')}]`;
    return { text: raw, raw };
  }
  const item = /^[0-9]{1,15}$/.test(part) ? items[Number(part)] : undefined;
  if (item === undefined) return undefined;
  return rest === undefined ? foundAt(search, item) : within(search, item, rest);
}

function within(search: Searchable, node: Node, path: string): Found | undefined {
  if (node.type === 'object') return inObject(search, node, path);
  return node.type === 'array' ? inList(search, node, path) : undefined;
}

/**
 * The text of a property, as External Secrets Operator takes it: first the key that reads like the whole property, dots
 * and all, then the path. `undefined` where neither is there.
 *
 * @example lookUp(search, 'friends.1.first')
 */
export function lookUp(search: Searchable, property: string): string | undefined {
  const { root } = search.document;
  const literal = property.includes('.') ? within(search, root, property.replaceAll('.', '\\.')) : undefined;
  return (literal ?? within(search, root, property))?.text;
}
