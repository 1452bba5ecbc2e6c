// What a manifest becomes, with the places that its parts had: so that their comments come along.

import type { Path } from '../../manifests/node-path.ts';
import { isRecord } from '../../manifests/objects.ts';

export type Tree =
  /** As it stands in the old manifest. */
  | { readonly kind: 'copy'; readonly from: Path }
  | { readonly kind: 'text'; readonly text: string; readonly from?: Path }
  | { readonly kind: 'flag'; readonly value: boolean; readonly from?: Path }
  | {
      readonly kind: 'map';
      readonly entries: readonly (readonly [key: string, value: Tree])[];
      readonly from?: Path;
    }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly from?: Path };

interface From {
  readonly from?: Path;
}

function place(from: Path | undefined): From {
  return from === undefined ? {} : { from };
}

export function text(value: string, from?: Path): Tree {
  return { kind: 'text', text: value, ...place(from) };
}

/** Fields that are undefined are left out. */
export function map(fields: Readonly<Record<string, Tree | undefined>>, from?: Path): Tree {
  const entries = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return { kind: 'map', entries, ...place(from) };
}

/** A list; undefined for none. */
export function list(items: readonly Tree[], from?: Path): Tree | undefined {
  return items.length === 0 ? undefined : { kind: 'list', items, ...place(from) };
}

/** The JSON of a tree. */
export function plain(tree: Tree, old: unknown): unknown {
  switch (tree.kind) {
    case 'copy':
      return valueAt(old, tree.from);
    case 'text':
      return tree.text;
    case 'flag':
      return tree.value;
    case 'list':
      return tree.items.map((item) => plain(item, old));
    default:
      return Object.fromEntries(tree.entries.map(([key, value]) => [key, plain(value, old)]));
  }
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((found, step) => {
    if (Array.isArray(found)) return (found as readonly unknown[])[Number(step)];
    return isRecord(found) && Object.hasOwn(found, step) ? found[String(step)] : undefined;
  }, value);
}
