import { isDeepStrictEqual } from 'node:util';

import { LatchkeyError } from '../../errors.ts';
import { type Json, type ManifestObject, recordAt } from '../../manifests/objects.ts';
import type { Changing } from '../changed-files.ts';
import { KES } from '../definitions/kes.ts';
import { type Input, namespaceOf } from '../input.ts';
import { type Row, rowAt } from '../rows.ts';
import { convertDefinition, type NewDefinition, type ToEsoOptions } from './convert-definition.ts';
import { type NewStore, storeTree } from './store.ts';
import type { Told } from './template.ts';
import { plain, type Tree } from './tree.ts';

/** A definition with what it becomes. */
interface Converted extends NewDefinition {
  readonly object: ManifestObject;
}

/** `--to eso`: every KES definition becomes an ExternalSecret of ESO v1, with a store for each identity. */
export function toEso(input: Input, options: ToEsoOptions, changing: Changing): readonly Row[] {
  const definitions = input.manifests.objects.filter(KES.is);
  const all = definitions.map((object): Converted => {
    try {
      checkNoPatch(object, input);
      changing.checkWhole(object);
      return { object, ...convertDefinition(object, options) };
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      const text = `${error.message}. ${error.remedy}`.trimEnd();
      return {
        object,
        stores: [],
        told: [{ path: [], what: 'definition', status: 'kept', text, differences: [] }],
      };
    }
  });
  const stores = newStores(all, input);
  const written = all.filter(({ object, tree }) => tree !== undefined && !stores.refused.has(object));
  for (const each of written) changing.renew(each.object, treesOf(each, stores));
  return [
    ...all.flatMap((each) => each.told.map((told) => row(each.object, told))),
    ...[...stores.refused].map(([object, text]) =>
      rowAt(object, ['metadata', 'name'], { status: 'kept', what: 'definition', text }),
    ),
    ...[...stores.added].map(([object, added]) => storeRow(object, added)),
    ...refreshRow(written, options),
  ];
}

function checkNoPatch(object: ManifestObject, { kustomized, around }: Input): void {
  if (kustomized.patchFiles.has(object.file)) {
    throw new LatchkeyError(
      'LK-DEFINITION',
      'this is a kustomize patch, and not all of the object',
      'Convert what is built: kustomize build DIR | latchkey migrate --to eso -f -.',
    );
  }
  around.checkWhole(object);
}

function row(object: ManifestObject, { path, what, status, text, differences }: Told): Row {
  return rowAt(object, path.length === 0 ? ['metadata', 'name'] : path, {
    status: status === 'converted' && differences.length > 0 ? 'differs' : status,
    what,
    text,
    differences,
  });
}

interface NewStores {
  /** Those that stand behind a definition: the first that uses each. */
  readonly added: ReadonlyMap<ManifestObject, readonly NewStore[]>;
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
  /** Definitions whose store there is already, and says something else. */
  readonly refused: ReadonlyMap<ManifestObject, string>;
}

function storeKey({ kind, name, namespace }: NewStore): string {
  return JSON.stringify([kind, name, kind === 'SecretStore' ? (namespace ?? null) : null]);
}

/** One store for each identity, behind the first definition that uses it. */
function newStores(all: readonly Converted[], input: Input): NewStores {
  const namespaces = new Map<string, string[]>();
  for (const { object, stores } of all) {
    for (const store of stores) {
      const known = namespaces.get(storeKey(store)) ?? [];
      namespaces.set(storeKey(store), [...new Set([...known, namespaceOf(object, input.options)])].sort());
    }
  }
  const added = new Map<ManifestObject, readonly NewStore[]>();
  const refused = new Map<ManifestObject, string>();
  const done = new Set<string>();
  for (const { object, stores } of all) {
    const missing = stores.filter((store) => !done.has(storeKey(store)) && !isThere(store, input));
    const other = missing.find((store) => sameName(store, input) !== undefined);
    if (other !== undefined) {
      refused.set(object, `there is a ${other.kind} ${other.name} already, and it says something else`);
      continue;
    }
    for (const store of missing) done.add(storeKey(store));
    if (missing.length > 0) added.set(object, missing);
  }
  return { added, namespaces, refused };
}

function sameName(store: NewStore, { objects, options }: Input): ManifestObject | undefined {
  return objects.find(
    (object) =>
      object.apiVersion.startsWith('external-secrets.io/') &&
      object.kind === store.kind &&
      object.name === store.name &&
      (store.kind === 'ClusterSecretStore' ||
        namespaceOf(object, options) === (store.namespace ?? options.namespace)),
  );
}

/** A store of an earlier run. */
function isThere(store: NewStore, input: Input): boolean {
  const found = sameName(store, input);
  const wanted = plain(storeTree(store, []), {}) as Json;
  return (
    found !== undefined &&
    isDeepStrictEqual(recordAt(found.value, 'spec')['provider'], recordAt(wanted, 'spec')['provider'])
  );
}

function treesOf({ object, tree }: Converted, { added, namespaces }: NewStores): readonly [Tree, ...Tree[]] {
  if (tree === undefined) throw new Error('nothing to write');
  const stores = added.get(object) ?? [];
  return [tree, ...stores.map((store) => storeTree(store, namespaces.get(storeKey(store)) ?? []))];
}

function storeRow(object: ManifestObject, added: readonly NewStore[]): Row {
  const names = added.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return rowAt(object, ['metadata', 'name'], {
    status: 'note',
    what: 'stores',
    text: `${names} ${added.length === 1 ? 'stands' : 'stand'} behind it now; without auth, External Secrets Operator reads as itself: give it the role that KES has`,
  });
}

function refreshRow([first]: readonly Converted[], { refreshInterval }: ToEsoOptions): readonly Row[] {
  if (first === undefined) return [];
  return [
    rowAt(first.object, ['metadata', 'name'], {
      status: 'note',
      what: 'refreshInterval',
      text: `${refreshInterval} for all of them; KES read every 10 seconds, or POLLER_INTERVAL_MILLISECONDS`,
    }),
  ];
}
