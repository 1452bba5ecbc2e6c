import { randomUUID } from 'node:crypto';

/** An object as it stands in etcd: raw JSON. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** What a test says of an object; the rest is filled in. */
export interface ObjectSeed {
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Everything beside metadata: `spec`, `status`, `data` … */
  readonly rest?: Readonly<Record<string, unknown>>;
}

export interface Objects {
  put(
    apiVersion: string,
    kind: string,
    at: { namespace?: string; name: string },
    seed?: ObjectSeed,
  ): StoredObject;
  get(kind: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** The next version of all: `resourceVersion` of what is written now. */
  nextVersion(): string;
  remove(kind: string, namespace: string | undefined, name: string): boolean;
  /** In the order of their names, as etcd lists them. */
  list(kind: string, namespace: string | undefined): readonly StoredObject[];
  /** Tells of everything that is written from now on, after it was. */
  onChange(listener: (change: Change) => void): void;
  /** Tells of an object that was changed in place. */
  touched(object: StoredObject): void;
}

/** One write, as a watch shows it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  /** A copy. */
  readonly object: StoredObject;
}

function key(kind: string, namespace: string | undefined, name: string): string {
  return JSON.stringify([kind, namespace ?? null, name]);
}

/** The double's etcd. `now` is its clock, ms since the epoch. */
export function createObjects(now: () => number = Date.now): Objects {
  const all = new Map<string, StoredObject>();
  let version = 0;
  const nextVersion = (): string => String((version += 1));
  const listeners: ((change: Change) => void)[] = [];
  const tell = (type: Change['type'], object: StoredObject): void => {
    const change = { type, version, object: structuredClone(object) };
    for (const listener of listeners) listener(change);
  };

  return {
    nextVersion,
    onChange: (listener) => void listeners.push(listener),
    touched: (object) => {
      object.metadata['resourceVersion'] = nextVersion();
      tell('MODIFIED', object);
    },
    put: (apiVersion, kind, { namespace, name }, seed = {}) => {
      const object: StoredObject = {
        ...seed.rest,
        apiVersion,
        kind,
        metadata: {
          ...(seed.rest?.['metadata'] as object | undefined),
          name,
          ...(namespace === undefined ? {} : { namespace }),
          uid: seed.uid ?? randomUUID(),
          resourceVersion: nextVersion(),
          // To the second, as Kubernetes has it.
          creationTimestamp: new Date(now()).toISOString().replace(/\.\d+/, ''),
          ...(seed.labels === undefined ? {} : { labels: { ...seed.labels } }),
          ...(seed.annotations === undefined ? {} : { annotations: { ...seed.annotations } }),
        },
      };
      const before = all.has(key(kind, namespace, name));
      all.set(key(kind, namespace, name), object);
      tell(before ? 'MODIFIED' : 'ADDED', object);
      return object;
    },
    get: (kind, namespace, name) => all.get(key(kind, namespace, name)),
    remove: (kind, namespace, name) => {
      const object = all.get(key(kind, namespace, name));
      if (object === undefined) return false;
      nextVersion();
      object.metadata['resourceVersion'] = String(version);
      all.delete(key(kind, namespace, name));
      tell('DELETED', object);
      return true;
    },
    list: (kind, namespace) =>
      [...all.values()]
        .filter((o) => o.kind === kind && (namespace === undefined || o.metadata.namespace === namespace))
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
  };
}
