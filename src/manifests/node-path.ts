import { type Document, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';

/** Keys and indexes from a document's top. */
export type Path = readonly (string | number)[];

/** Where a part of a document stands in the file. */
export interface NodePlace {
  /** Offset of the innermost key, or list entry, of the path that is there. */
  readonly key?: number;
  /** Start and end of the scalar at the path's very end. */
  readonly value?: readonly [number, number];
}

/** Walks a document along a path as far as it goes. Aliases are followed. */
export function nodeAt(document: Document.Parsed, path: Path): NodePlace {
  let node: unknown = document.contents;
  let key = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    const next = child(isAlias(node) ? node.resolve(document) : node, step);
    if (next === undefined) return key === undefined ? {} : { key };
    key = next.offset ?? key;
    node = next.node;
  }
  const value = isScalar(node) && node.range ? ([node.range[0], node.range[1]] as const) : undefined;
  return { ...(key === undefined ? {} : { key }), ...(value === undefined ? {} : { value }) };
}

function child(
  node: unknown,
  step: string | number,
): { readonly offset?: number; readonly node: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const entry: unknown = node.items[step];
    return entry === undefined ? undefined : placed(entry, entry);
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? undefined : placed(pair.key, pair.value);
}

function placed(at: unknown, node: unknown): { readonly offset?: number; readonly node: unknown } {
  const offset = isNode(at) ? at.range?.[0] : undefined;
  return offset === undefined ? { node } : { offset, node };
}
