import { describe, LatchkeyError } from '../../errors.ts';
import { readKesSpec } from '../../definitions/kes/read-spec.ts';
import { itemsOf, writtenName } from '../../definitions/kes/questions.ts';
import type { KesItem, KesKeyItem, KesSpec } from '../../definitions/kes/spec.ts';
import { BACKENDS } from '../../definitions/kes/backend.ts';
import type { Path } from '../../manifests/node-path.ts';
import { type ManifestObject, recordAt } from '../../manifests/objects.ts';
import type { Difference } from '../differences.ts';
import { type NewEntry, newEntry, pathOf } from './entries.ts';
import { type NewStore, type StoreIdentity, type StoreKind, storeName } from './store.ts';
import { newTemplate, type Told } from './template.ts';
import { list, map, text, type Tree } from './tree.ts';

export interface ToEsoOptions {
  /** Of definitions that name none. */
  readonly region?: string;
  readonly storeKind: StoreKind;
  /** As Go writes durations: `1h`. */
  readonly refreshInterval: string;
  readonly intermediateRole?: string;
}

export interface NewDefinition {
  /** Absent where the definition stays as it is. */
  readonly tree?: Tree;
  readonly stores: readonly NewStore[];
  readonly told: readonly Told[];
}

/** What the API server wrote: it belongs to the old object. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
];

/** One KES definition as an ExternalSecret of ESO v1, or why it is not. */
export function convertDefinition(object: ManifestObject, options: ToEsoOptions): NewDefinition {
  const read = readKesSpec(object.value);
  if (read.kind === 'problems') {
    const told = read.problems.map((problem) => kept([], 'definition', describe(problem)));
    return { stores: [], told };
  }
  const { spec } = read;
  const at: Path = ['spec' in object.value ? 'spec' : 'secretDescriptor'];
  const told: Told[] = [];
  const entries = newEntries(spec, options, told);
  const metadata = recordAt(object.value, 'metadata');
  const isLabelled = ['labels', 'annotations'].some(
    (name) => Object.keys(recordAt(metadata, name)).length > 0,
  );
  const template = newTemplate(spec, at, isLabelled);
  told.push(...template.told, ...otherFields(object, spec, at));
  if (itemsOf(spec).length === 0)
    told.push(kept(at, 'data', 'it reads nothing, and External Secrets Operator makes no Secret of that'));
  if (told.some(({ status }) => status === 'kept')) {
    const stays = kept([], 'definition', 'it stays as it is: nothing of it is dropped silently');
    return { stores: [], told: [...told.filter(({ status }) => status === 'kept'), stays] };
  }
  const stores = storesOf(spec, object, entries, options);
  const made = template.tree === undefined ? {} : { template: template.tree };
  return {
    told,
    stores: [...stores.values()],
    tree: newObject({ object, spec, at, entries, stores, options, ...made }),
  };
}

function note(path: Path, what: string, words: string): Told {
  return { path, what, status: 'note', text: words, differences: [] };
}

function kept(path: Path, what: string, why: string): Told {
  return { path, what, status: 'kept', text: why, differences: [] };
}

/** Every item, but keys that a later one of the same name makes again: ESO refuses those. */
function newEntries(spec: KesSpec, { region }: ToEsoOptions, told: Told[]): readonly NewEntry[] {
  const items = itemsOf(spec);
  const firstKey = items.findIndex(({ kind }) => kind === 'key');
  return items.flatMap((item, index): readonly NewEntry[] => {
    const what = titleOf(item);
    try {
      const entry = newEntry(spec, item, region);
      if (item.kind === 'key' && isMadeAgain(items, item, index)) {
        const why = 'left out: a later entry makes the same key, and counts';
        told.push(note(entry.path, what, why));
        return [];
      }
      const order: readonly Difference[] =
        item.kind === 'path' && firstKey !== -1 && firstKey < index ? ['to-eso-order'] : [];
      const differences = [...entry.differences, ...order];
      told.push({ path: entry.path, what, status: 'converted', text: WORDS[item.kind], differences });
      return [entry];
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      told.push(kept(pathOf(item.place.field), what, `${error.message}. ${error.remedy}`.trimEnd()));
      return [];
    }
  });
}

const WORDS = { key: 'data', members: 'dataFrom, extract', path: 'dataFrom, find and rewrite' } as const;

function titleOf(item: KesItem): string {
  return item.kind === 'key'
    ? `key ${item.name}`
    : `${item.kind === 'path' ? 'path' : 'dataFrom'} ${writtenName(item)}`;
}

function isMadeAgain(items: readonly KesItem[], { name }: KesKeyItem, index: number): boolean {
  return items.slice(index + 1).some((item) => item.kind === 'key' && item.name === name);
}

/** Fields beside the entries and the template, each told. */
function otherFields(object: ManifestObject, spec: KesSpec, at: Path): readonly Told[] {
  const metadata = recordAt(object.value, 'metadata');
  return [
    ...spec.legacy.map((form) => note(at, form, 'a form of the first releases: written as it is called now')),
    ...(spec.controllerId === undefined
      ? []
      : [
          note(
            [...at, 'controllerId'],
            'controllerId',
            `the store's controller: only an operator with --controller-class=${spec.controllerId} reads it`,
          ),
        ]),
    ...('status' in object.value
      ? [note(['status'], 'status', 'left out: it is what KES wrote about the old object')]
      : []),
    ...(SERVER_FIELDS.some((name) => name in metadata)
      ? [note(['metadata'], 'metadata', 'what the API server wrote into it is left out')]
      : []),
    ...spec.warnings
      .filter((warning) => !TOLD_ALREADY.test(warning))
      .map((warning) => note(at, 'definition', warning)),
  ];
}

/** Warnings of the reader about what has a row of its own here. */
const TOLD_ALREADY = /spec\.controllerId|another entry before it makes the same key/;

/** The store of each region that the definition reads in. */
function storesOf(
  spec: KesSpec,
  object: ManifestObject,
  entries: readonly NewEntry[],
  { storeKind, intermediateRole }: ToEsoOptions,
): ReadonlyMap<string, NewStore> {
  return new Map(
    entries.map(({ region }) => {
      const identity: StoreIdentity = {
        service: BACKENDS[spec.backend],
        region,
        ...(spec.roleArn === undefined ? {} : { roleArn: spec.roleArn.value }),
        ...(spec.roleArn === undefined || intermediateRole === undefined ? {} : { intermediateRole }),
        ...(spec.controllerId === undefined ? {} : { controller: spec.controllerId }),
      };
      const store: NewStore = {
        ...identity,
        kind: storeKind,
        name: storeName(identity),
        ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
      };
      return [region, store] as const;
    }),
  );
}

interface Making {
  readonly object: ManifestObject;
  readonly spec: KesSpec;
  readonly at: Path;
  readonly entries: readonly NewEntry[];
  readonly stores: ReadonlyMap<string, NewStore>;
  readonly options: ToEsoOptions;
  readonly template?: Tree;
}

function newObject({ object, spec, at, entries, stores, options, template }: Making): Tree {
  const [first] = entries;
  const reference = (region: string): Tree =>
    map({ name: text(stores.get(region)?.name ?? ''), kind: text(options.storeKind) });
  const treeOf = (entry: NewEntry): Tree =>
    entry.tree(entry.region === first?.region ? undefined : map({ storeRef: reference(entry.region) }));
  const bulk = entries.filter(({ item }) => item.kind !== 'key');
  const single = entries.filter(({ item }) => item.kind === 'key');
  return map({
    apiVersion: text('external-secrets.io/v1', ['apiVersion']),
    kind: { kind: 'copy', from: ['kind'] },
    metadata: metadataOf(object),
    spec: map(
      {
        refreshInterval: text(options.refreshInterval),
        secretStoreRef: first === undefined ? undefined : reference(first.region),
        target: map({
          name: text(spec.name),
          immutable: spec.template.immutable ? { kind: 'flag', value: true } : undefined,
          template,
        }),
        dataFrom: list(bulk.map(treeOf), [...at, 'dataFrom']),
        data: list(single.map(treeOf), [...at, spec.legacy.includes('properties') ? 'properties' : 'data']),
      },
      at,
    ),
  });
}

function metadataOf({ value }: ManifestObject): Tree {
  const metadata = recordAt(value, 'metadata');
  if (!SERVER_FIELDS.some((name) => name in metadata)) return { kind: 'copy', from: ['metadata'] };
  const entries = Object.keys(metadata)
    .filter((name) => !SERVER_FIELDS.includes(name))
    .map((name): readonly [string, Tree] => [name, { kind: 'copy', from: ['metadata', name] }]);
  return { kind: 'map', entries, from: ['metadata'] };
}
