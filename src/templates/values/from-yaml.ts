import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments, type Scalar, type YAMLMap } from 'yaml';
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
const CHARACTERS_A_STEP = 4;

function malformed(): Fault {
  return new Fault('the text is not a YAML map', 'Give it YAML, or use the text as it is.');
}

/**
 * The map that the first document of a text is, in YAML 1.1 as the library of Kubernetes reads it: every number a
 * `float64`. Throws {@link Fault}, without the parser's words: they quote the text.
 */
export function fromYaml(text: string, budget: Budget): Dict {
  budget.spend(text.length / CHARACTERS_A_STEP);
  const [document] = documentsOf(text);
  if (document === undefined || document.contents === null) return new Dict();
  if (document.errors.length > 0) throw malformed();
  const value = valueOf(document.contents, { budget, anchors: new Map() });
  if (value === null) return new Dict();
  if (value instanceof Dict) return value;
  throw malformed();
}

function documentsOf(text: string) {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.1',
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return 'empty' in documents ? [] : documents;
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

function mapOf(map: YAMLMap, reader: Reader): Dict {
  const own = new Dict();
  const merged = new Dict();
  for (const { key, value } of map.items) {
    const node = resolved(key, reader);
    if (isScalar(node) && resolvedOf(node).kind === 'merge') merge(merged, value, reader);
    else own.entries.set(keyOf(node), valueOf(value, reader));
  }
  return new Dict([...merged.entries, ...own.entries]);
}

/** Of several maps the first one wins. */
function merge(into: Dict, node: unknown, reader: Reader): void {
  const value = valueOf(node, reader);
  const sources = value instanceof List ? value.items : [value];
  for (const source of sources) {
    if (!(source instanceof Dict)) throw malformed();
    for (const [key, item] of source.entries) if (!into.entries.has(key)) into.entries.set(key, item);
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
