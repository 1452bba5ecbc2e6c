import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { generalFloat } from '../format/float.ts';
import { type Resolved, resolvePlain } from '../format/yaml-resolve.ts';
import { base64Decoded } from '../functions/encodings.ts';
import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { encodeUtf8 } from './utf8.ts';
import { Dict, List, type Value } from './value.ts';

interface Reader {
  readonly budget: Budget;
  /** The nodes that anchors name, as far as the text has been gone through. */
  readonly anchors: Map<string, unknown>;
}

/** Parsing takes longer than everything else: this many characters count as one step. */
const CHARACTERS_A_STEP = 2;
const MOST_BRACKETS = 1000;

function malformed(): Fault {
  return new Fault('the text is not a YAML map', 'Give it YAML, or use the text as it is.');
}

/**
 * The map that the first document of a text is, in YAML 1.1 as the library of Kubernetes reads it: every number a
 * `float64`. Throws {@link Fault}, without the parser's words: they quote the text.
 */
export function fromYaml(text: string, budget: Budget): Dict {
  budget.spend(text.length / CHARACTERS_A_STEP);
  checkNesting(text);
  const document = firstDocument(text);
  if (document === undefined || document.contents === null) return new Dict();
  const value = valueOf(document.contents, { budget, anchors: new Map() });
  if (value === null) return new Dict();
  if (value instanceof Dict) return value;
  throw malformed();
}

/** What the parser found wrong. A directive that is unknown, which it only warns of, is an error in Go. */
function checked(errors: readonly unknown[], warnings: readonly { readonly code: string }[]): void {
  if (errors.length > 0 || warnings.some(({ code }) => code === 'BAD_DIRECTIVE')) throw malformed();
}

function firstDocument(text: string): Document | undefined {
  const documents = documentsOf(text);
  if ('empty' in documents) {
    checked(documents.errors, documents.warnings);
    return undefined;
  }
  const [first] = documents;
  if (first !== undefined) checked(first.errors, first.warnings);
  return first;
}

/** Brackets without an end take the parser time that grows with their square. Those in texts count too: no harm is done. */
function checkNesting(text: string): void {
  let depth = 0;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MOST_BRACKETS) throw malformed();
  }
}

function documentsOf(text: string): ReturnType<typeof parseAllDocuments> {
  try {
    return parseAllDocuments(text, {
      version: '1.1',
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch {
    throw malformed();
  }
}

/** The node that an alias stands for. One that it stands in itself has no end, which the limits give it. */
function resolved(node: unknown, { anchors }: Reader): unknown {
  if (isAlias(node)) {
    if (!anchors.has(node.source)) throw malformed();
    return anchors.get(node.source);
  }
  if (isNode(node) && 'anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
  return node;
}

/** Aliases are followed each time, and each time paid for, so that a bomb ends at the limit of steps or depth. */
function valueOf(node: unknown, reader: Reader): Value {
  const found = resolved(node, reader);
  reader.budget.spend(1);
  if (isScalar(found)) return scalarOf(found);
  if (isSeq(found)) {
    return reader.budget.deeper(() => new List(found.items.map((item) => valueOf(item, reader))));
  }
  if (isMap(found)) return reader.budget.deeper(() => mapOf(found, reader));
  if (found === null) return null;
  throw malformed();
}

/** Entries and merge keys count in the order in which they stand: the library lets a merge key win over what is before. */
function mapOf(map: YAMLMap, reader: Reader): Dict {
  const dict = new Dict();
  for (const { key, value } of map.items) {
    const node = resolved(key, reader);
    if (isScalar(node) && resolvedOf(node).kind === 'merge') merge(dict, value, reader);
    else dict.entries.set(keyOf(node), valueOf(value, reader));
  }
  return dict;
}

/** Of several maps the first one wins. */
function merge(into: Dict, node: unknown, reader: Reader): void {
  const value = valueOf(node, reader);
  const sources = value instanceof List ? value.items : [value];
  for (const source of sources.toReversed()) {
    if (!(source instanceof Dict)) throw malformed();
    for (const [key, item] of source.entries) into.entries.set(key, item);
  }
}

/** Keys become texts, and what cannot is an error. */
function keyOf(node: unknown): string {
  if (!isScalar(node)) throw malformed();
  const resolved = resolvedOf(node);
  switch (resolved.kind) {
    case 'bool':
      return String(resolved.value);
    case 'integer':
      return resolved.value.toString();
    case 'float':
      return generalFloat(Math.fround(resolved.value));
    case 'null':
      throw malformed();
    default:
      return encodeUtf8(sourceOf(node));
  }
}

function sourceOf({ value }: Scalar): string {
  return typeof value === 'string' ? value : '';
}

function resolvedOf(node: Scalar): Resolved {
  const { tag, type } = node;
  if (tag === 'tag:yaml.org,2002:str' || tag === 'tag:yaml.org,2002:binary') return { kind: 'text' };
  const plain = type === 'PLAIN' || type === undefined || tag !== undefined;
  return plain ? resolvePlain(sourceOf(node)) : { kind: 'text' };
}

function scalarOf(node: Scalar): Value {
  if (node.tag === 'tag:yaml.org,2002:binary') return base64Decoded(sourceOf(node).replace(/ /g, ''));
  const resolved = resolvedOf(node);
  switch (resolved.kind) {
    case 'null':
      return null;
    case 'bool':
      return resolved.value;
    case 'integer':
      return Number(resolved.value);
    case 'float':
      if (!Number.isFinite(resolved.value)) throw malformed();
      return resolved.value;
    default:
      return encodeUtf8(sourceOf(node));
  }
}
