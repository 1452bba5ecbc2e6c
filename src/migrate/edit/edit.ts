// A change of one Kubernetes object, said once and made twice: to its JSON, and to the text of the file that it stands in.
// Paths are those of the object before any change.

import type { Path } from '../../manifests/node-path.ts';
import { isRecord, type Json } from '../../manifests/objects.ts';

/** A text that a mapping gets. */
export interface Added {
  readonly key: string;
  readonly text: string;
  /** Parts that are removed elsewhere, whose comments stand above it from now on. */
  readonly commentsOf?: readonly Path[];
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

export type Edit =
  /** An entry of a list, or a field of a mapping. */
  | { readonly kind: 'remove'; readonly path: Path }
  /** A field gets another name and a text. */
  | { readonly kind: 'replace'; readonly path: Path; readonly key: string; readonly text: string }
  /** Texts at the end of a mapping of texts, which is made where it is absent. */
  | { readonly kind: 'add'; readonly path: Path; readonly entries: readonly Added[] }
  /** Variables at the beginning of a list of them, which is made where it is absent. */
  | { readonly kind: 'prepend'; readonly path: Path; readonly variables: readonly Variable[] };

type Mutable = Record<string, unknown>;

/** The object with all changes made; it itself stays as it is. */
export function edited(object: Json, edits: readonly Edit[]): Json {
  const copy: Mutable = structuredClone(object);
  const of = <Kind extends Edit['kind']>(kind: Kind) =>
    edits.filter((edit): edit is Extract<Edit, { kind: Kind }> => edit.kind === kind);
  for (const { path, key, text } of of('replace')) renameField(copy, path, key, text);
  for (const { path } of of('remove').toSorted(lastFirst)) remove(copy, path);
  for (const { path, entries } of of('add')) {
    const mapping = made(copy, path);
    for (const { key, text } of entries) mapping[key] = text;
  }
  for (const { path, variables } of of('prepend')) prepend(copy, path, variables);
  return copy;
}

/** Entries of one list from its end, so that the others keep their numbers. */
function lastFirst(a: { readonly path: Path }, b: { readonly path: Path }): number {
  const [x, y] = [a.path.at(-1), b.path.at(-1)];
  return typeof x === 'number' && typeof y === 'number' ? y - x : 0;
}

function valueAt(object: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return (value as readonly unknown[])[Number(step)];
    return isRecord(value) ? value[String(step)] : undefined;
  }, object);
}

function remove(object: Mutable, path: Path): void {
  const parent = valueAt(object, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isRecord(parent)) delete (parent as Mutable)[String(last)];
}

/** The field keeps its place among the others. */
function renameField(object: Mutable, path: Path, key: string, text: string): void {
  const parent = valueAt(object, path.slice(0, -1));
  if (!isRecord(parent)) return;
  const fields = Object.entries(parent).map(([name, value]) =>
    name === path.at(-1) ? ([key, text] as const) : ([name, value] as const),
  );
  for (const name of Object.keys(parent)) delete (parent as Mutable)[name];
  Object.assign(parent, Object.fromEntries(fields));
}

function made(object: Mutable, path: Path): Mutable {
  let value = object;
  for (const step of path) {
    const next = valueAt(value, [step]);
    value = isRecord(next) || Array.isArray(next) ? (next as Mutable) : (value[String(step)] = {} as Mutable);
  }
  return value;
}

function prepend(object: Mutable, path: Path, variables: readonly Variable[]): void {
  const parent = made(object, path.slice(0, -1));
  const list = parent[String(path.at(-1))];
  parent[String(path.at(-1))] = [...variables, ...(Array.isArray(list) ? (list as readonly unknown[]) : [])];
}
