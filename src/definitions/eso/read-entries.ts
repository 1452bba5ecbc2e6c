import { quoted } from '../../quote.ts';
import { checkSecretKey } from '../secret-key.ts';
import type { DataEntry, Entry, StoreReference } from './external-secret.ts';
import type { Head } from './manifest-head.ts';
import type { ObjectReader } from './object-reader.ts';
import { readFind, readRemote, readStoreReference } from './read-remote.ts';
import { readRewrites } from './read-rewrite.ts';

/** A Secret holds 1 MiB, and each entry may be a call of AWS while a pod waits. */
const MOST_ENTRIES = 1000;

/** The ExternalSecret's own store: what was read of it, if it is there at all. */
interface CommonStore {
  readonly written: boolean;
  readonly reference: StoreReference | undefined;
}

/** Clients in Go write an empty mapping where there is none. */
function readCommonStore(spec: ObjectReader): CommonStore {
  const reference = spec.object('secretStoreRef');
  const written = reference !== undefined && (reference.has('name') || reference.has('kind'));
  return { written, reference: written ? readStoreReference(reference) : undefined };
}

/** The store of one entry: its own `sourceRef.storeRef`, else the ExternalSecret's. */
function readStore(reader: ObjectReader, common: CommonStore): StoreReference | undefined {
  const own = reader.object('sourceRef');
  if (own === undefined && !common.written) {
    const remedy = 'Write spec.secretStoreRef, or sourceRef.storeRef here.';
    reader.note(undefined, { message: 'it names no store', remedy });
  }
  if (own === undefined) return common.reference;
  const reference = own.object('storeRef');
  if (reference !== undefined) return readStoreReference(reference);
  if (!own.has('generatorRef')) {
    own.note(undefined, {
      message: 'it names no storeRef',
      remedy: 'Name the store, or leave sourceRef out.',
    });
  }
  return undefined;
}

function readData(reader: ObjectReader, common: CommonStore): DataEntry | undefined {
  const secretKey = reader.required('secretKey', 'Name the key that the value gets in the Secret.');
  if (secretKey !== undefined) reader.attempt('secretKey', () => checkSecretKey(secretKey));
  const remoteRef = reader.object('remoteRef');
  if (!reader.has('remoteRef')) {
    reader.note('remoteRef', {
      message: 'it is missing',
      remedy: 'Name the secret or parameter as remoteRef.key.',
    });
  }
  const remote = remoteRef === undefined ? undefined : readRemote(remoteRef);
  const store = readStore(reader, common);
  if (store === undefined || secretKey === undefined || remote === undefined) return undefined;
  return { kind: 'data', secretKey, remote, store, place: reader.place() };
}

function readDataFrom(reader: ObjectReader, common: CommonStore): Entry | undefined {
  const store = readStore(reader, common);
  const base = { rewrites: readRewrites(reader), place: reader.place() };
  const kinds = (['extract', 'find'] as const).filter((kind) => reader.has(kind));
  const [kind, second] = kinds;
  if (second !== undefined) {
    reader.note(undefined, { message: 'it has extract and find', remedy: 'Write two entries of the list.' });
    return undefined;
  }
  if (kind === undefined) {
    if (reader.object('sourceRef')?.has('generatorRef') !== true) {
      reader.note(undefined, { message: 'it has neither extract nor find', remedy: 'Write one of the two.' });
    }
    return undefined;
  }
  const below = reader.object(kind);
  if (below === undefined) return undefined;
  if (kind === 'extract') {
    const remote = readRemote(below);
    return remote === undefined || store === undefined ? undefined : { kind, remote, store, ...base };
  }
  const find = readFind(below);
  return find === undefined || store === undefined ? undefined : { kind, find, store, ...base };
}

function readAll(spec: ObjectReader, name: 'data' | 'dataFrom'): readonly ObjectReader[] {
  const entries = spec.objects(name);
  if (entries.length <= MOST_ENTRIES) return entries;
  spec.note(name, {
    code: 'LK-LIMIT',
    message: `there are ${entries.length} entries`,
    remedy: `Write at most ${MOST_ENTRIES}; dataFrom brings many keys in one entry.`,
  });
  return [];
}

/** With `Retain`, External Secrets Operator refuses a key that is there twice. */
function checkTwice(entries: readonly DataEntry[], { notes }: Pick<Head<string>, 'notes'>): void {
  const seen = new Set<string>();
  for (const { secretKey, place } of entries) {
    if (seen.has(secretKey)) {
      const message = `the key ${quoted(secretKey)} is there twice`;
      notes.add(place, { code: 'LK-CONFLICT', message, remedy: 'Remove one of them.' });
    }
    seen.add(secretKey);
  }
}

/** `dataFrom` and `data`, in the order in which they are evaluated. */
export function readEntries(head: Head<string>, twiceAllowed: boolean): readonly Entry[] {
  const { spec } = head;
  const common = readCommonStore(spec);
  const bulk = readAll(spec, 'dataFrom');
  const single = readAll(spec, 'data');
  if (bulk.length + single.length === 0) {
    spec.note(undefined, {
      message: 'there is neither data nor dataFrom',
      remedy: 'Say what the Secret holds.',
    });
  }
  const dataFrom = bulk.flatMap((entry) => readDataFrom(entry, common) ?? []);
  const data = single.flatMap((entry) => readData(entry, common) ?? []);
  if (!twiceAllowed) checkTwice(data, head);
  return [...dataFrom, ...data];
}
