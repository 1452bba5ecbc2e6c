import { printable } from '../quote.ts';
import type { ManifestDocument } from './documents.ts';
import type { Path } from './node-path.ts';

export type Json = Readonly<Record<string, unknown>>;

/** One Kubernetes object. Of its content only what is named here has been looked at. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written; undefined where a manifest leaves it to the command that applies it. */
  readonly namespace?: string;
  readonly value: Json;
}

/** One Kubernetes object of a file. */
export interface ManifestObject extends KubernetesObject {
  readonly file: string;
  /** Which document of the file it is in, from 0, and where in that: the top, or an item of a List. */
  readonly document: number;
  readonly at: Path;
  /** Paths are relative to the object. */
  lineOf(path: Path): number;
  sourceOf(path: Path): string | undefined;
}

const MAX_LIST_DEPTH = 5;

/** The objects of a document: itself, or the items of a List. What has no kind is no object. */
export function objectsOf(document: ManifestDocument): readonly ManifestObject[] {
  return collect(document, document.value, [], 0);
}

function collect(
  document: ManifestDocument,
  value: unknown,
  path: Path,
  depth: number,
): readonly ManifestObject[] {
  if (!isRecord(value) || typeof value['kind'] !== 'string') return [];
  const items = value['items'];
  if (value['kind'].endsWith('List') && Array.isArray(items)) {
    if (depth >= MAX_LIST_DEPTH) return [];
    return items.flatMap((item, index) => collect(document, item, [...path, 'items', index], depth + 1));
  }
  const metadata = recordAt(value, 'metadata');
  const namespace = textAt(metadata, 'namespace');
  return [
    {
      file: document.file,
      document: document.index,
      at: path,
      apiVersion: textAt(value, 'apiVersion') ?? '',
      kind: value['kind'],
      name: textAt(metadata, 'name') ?? textAt(metadata, 'generateName') ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      value,
      lineOf: (inner) => document.lineOf([...path, ...inner]),
      sourceOf: (inner) => document.sourceOf([...path, ...inner]),
    },
  ];
}

/** `Deployment shop/test-app`, safe to print. */
export function titleOf(object: KubernetesObject): string {
  const name = object.name === '' ? '(unnamed)' : object.name;
  return printable(`${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${name}`);
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own mapping, or an empty one. */
export function recordAt(value: unknown, key: string): Json {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

export function textAt(value: unknown, key: string): string | undefined {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** The texts of an own mapping; what is no text is left out, as the API server would refuse it anyhow. */
export function textsAt(value: unknown, key: string): Readonly<Record<string, string>> {
  const texts = Object.entries(recordAt(value, key)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}
