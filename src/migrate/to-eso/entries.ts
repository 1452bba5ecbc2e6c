import type {
  KesItem,
  KesKeyItem,
  KesMembersItem,
  KesPathItem,
  KesSpec,
  KesVersion,
} from '../../definitions/kes/spec.ts';
import { kesAddress } from '../../definitions/kes/questions.ts';
import { readKesPath } from '../../definitions/kes/key.ts';
import { LatchkeyError } from '../../errors.ts';
import type { Path } from '../../manifests/node-path.ts';
import { onlyBelow } from '../definitions/eso-keys.ts';
import { notConvertible } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import { gjsonProperty } from './gjson-property.ts';
import { map, list, text, type Tree } from './tree.ts';

/** An item of a KES definition as an entry of `data` or `dataFrom`. */
export interface NewEntry {
  readonly item: KesItem;
  /** In the old manifest. */
  readonly path: Path;
  readonly region: string;
  /** @param sourceRef where it does not read from the definition's own store */
  tree(sourceRef: Tree | undefined): Tree;
  readonly differences: readonly Difference[];
}

/** `spec.data[0]` in steps. */
export function pathOf(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** @throws LatchkeyError where ESO has no equivalent, or nobody said the region */
export function newEntry(spec: KesSpec, item: KesItem, region: string | undefined): NewEntry {
  const path = pathOf(item.place.field);
  const address = addressOf(spec, item, region);
  const base = { item, path, region: address.region };
  if (item.kind === 'path') return { ...base, ...pathEntry(item, path) };
  const key = address.selector === undefined ? item.key : item.key.slice(0, -address.selector.length - 1);
  const version = address.selector ?? versionOf(item.version);
  return item.kind === 'key'
    ? { ...base, ...keyEntry(item, path, { key, version }) }
    : { ...base, ...membersEntry(item, path, { key, version }) };
}

function addressOf(spec: KesSpec, item: KesItem, region: string | undefined) {
  try {
    return kesAddress(spec, item, region);
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error.code !== 'LK-REGION') throw error;
    if (region !== undefined || spec.region !== undefined) throw error;
    throw notConvertible(
      'no region is named, and a store of ESO needs one',
      'Give --region: what KES was started with as AWS_REGION (us-west-2 in its chart).',
    );
  }
}

interface Remote {
  readonly key: string;
  readonly version: string | undefined;
}

/** A stage, or `uuid/` and the id of a version. */
function versionOf({ id, stage }: KesVersion): string | undefined {
  return id === undefined ? stage : `uuid/${id}`;
}

type Made = Pick<NewEntry, 'tree' | 'differences'>;

function optional(value: string | undefined, from?: Path): Tree | undefined {
  return value === undefined ? undefined : text(value, from);
}

function keyEntry(item: KesKeyItem, path: Path, { key, version }: Remote): Made {
  const property = item.property === undefined ? undefined : gjsonProperty(item.property);
  const differences: readonly Difference[] = [
    ...(property === undefined ? [] : (['to-eso-members', 'to-eso-missing'] as const)),
    ...(item.isBinary ? (['to-eso-base64'] as const) : []),
  ];
  const remoteRef = map({
    key: text(key, [...path, 'key']),
    version: optional(version, [...path, item.version.id === undefined ? 'versionStage' : 'versionId']),
    property: optional(property, [...path, 'property']),
    decodingStrategy: item.isBinary ? text('Base64', [...path, 'isBinary']) : undefined,
  });
  return {
    differences,
    tree: (sourceRef) => map({ secretKey: text(item.name, [...path, 'name']), remoteRef, sourceRef }, path),
  };
}

function membersEntry(item: KesMembersItem, path: Path, { key, version }: Remote): Made {
  // An entry of `dataFrom` is the key itself.
  const at = (name: string): Path =>
    item.place.field.includes('dataFromWithOptions') ? [...path, name] : path;
  const extract = map({
    key: text(key, at('key')),
    version: optional(version, at(item.version.id === undefined ? 'versionStage' : 'versionId')),
  });
  return {
    differences: ['to-eso-members', 'to-eso-missing'],
    tree: (sourceRef) => map({ extract, sourceRef }, path),
  };
}

/** Each parameter by the last segment of its name; ESO's search always goes through all levels. */
function pathEntry(item: KesPathItem, path: Path): Made {
  const written = readKesPath(item.path);
  const bare = written === '/' ? '' : written;
  const expression = item.recursive ? onlyBelow(written).replace('[^/]+$', '') : onlyBelow(written);
  const find = map({
    path: text(bare === '' ? '/' : bare, [...path, 'path']),
    name: map({ regexp: text(expression) }),
  });
  const rewrite = list([map({ regexp: map({ source: text('^.*/([^/]+)$'), target: text('$1') }) })]);
  return {
    differences: item.recursive ? ['to-eso-path'] : [],
    tree: (sourceRef) => map({ find, rewrite, sourceRef }, path),
  };
}
