// When objects were there. Resource versions count the writes of one etcd, so the histories of different kinds compare.

import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';
import { changes } from './watch.ts';

/** One object, from the write that added it to the one that removed it. */
export interface Life {
  /** As it was when it was added. */
  readonly object: Json;
  readonly from: number;
  /** Absent: it is still there. */
  readonly to?: number;
}

export interface History {
  /** Everything up to now, in the order in which it came. */
  lives(): Promise<readonly Life[]>;
  close(): Promise<void>;
}

/** Watches a collection. What is there already counts as added when it was last written. */
export async function recordHistory(api: Api, path: string): Promise<History> {
  const { items, metadata } = await api.get(path);
  const lives = new Map<string, Life>(items.map((object: Json) => [object.metadata.uid, begun(object)]));
  const aborter = new AbortController();
  const { signal } = aborter;
  const watching = follow();

  async function follow(): Promise<void> {
    for await (const { type, object } of changes(api, path, { since: metadata.resourceVersion, signal })) {
      const { uid } = object.metadata;
      const life = lives.get(uid);
      if (type === 'ADDED') lives.set(uid, begun(object));
      if (type === 'DELETED' && life !== undefined) lives.set(uid, { ...life, to: versionOf(object) });
    }
  }

  async function caughtUp(): Promise<boolean> {
    const listed = new Set((await api.list(path)).map((object) => object.metadata.uid));
    const alive = [...lives].filter(([, { to }]) => to === undefined).map(([uid]) => uid);
    return alive.length === listed.size && alive.every((uid) => listed.has(uid));
  }

  return {
    async lives() {
      await Promise.race([watching, eventually(caughtUp, `the history of ${path} up to now`)]);
      return [...lives.values()];
    },
    async close() {
      aborter.abort();
      await watching;
    },
  };
}

function begun(object: Json): Life {
  return { object, from: versionOf(object) };
}

function versionOf({ metadata }: Json): number {
  return Number(metadata.resourceVersion);
}
