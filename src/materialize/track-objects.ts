import type { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, FollowedKind, Follower } from '../kubernetes/adoption-api.ts';
import { recordAt, textAt } from '../manifests/objects.ts';

/** Which object. */
export interface ObjectAt {
  /** Undefined for one of the cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface TrackOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  readonly kind: FollowedKind;
  /** Of everything that matters: an object that is written with the same digest has not changed. */
  readonly digest: (object: unknown) => string;
  /** An object has come or changed since the first list, or gone. */
  readonly onChange: (at: ObjectAt, what: 'there' | 'gone') => void;
  readonly onFailure: (error: LatchkeyError) => void;
}

export interface Tracked {
  has(at: ObjectAt): boolean;
  /** Resolves once they were looked for, with success or without. */
  ready(): Promise<void>;
  /** Looks again for a kind that the cluster did not have. */
  lookAgain(): void;
}

/** Follows objects of one kind until the signal aborts, and tells which of them change. */
export function trackObjects(options: TrackOptions, signal: AbortSignal): Tracked {
  const { api, kind, digest, onChange, onFailure } = options;
  const known = new Map<string, { readonly at: ObjectAt; readonly digest: string; list: number }>();
  const settled = Promise.withResolvers<void>();
  let list = 0;
  let isFirst = true;

  function drop(key: string): void {
    const found = known.get(key);
    if (found === undefined) return;
    known.delete(key);
    onChange(found.at, 'gone');
  }

  function listed(): void {
    for (const [key, entry] of known) if (entry.list !== list) drop(key);
    isFirst = false;
    settled.resolve();
  }

  const follower: Follower = {
    began() {
      list += 1;
    },
    set(object) {
      const at = placeOf(object);
      const now = { at, digest: digest(object), list };
      const before = known.get(keyOf(at));
      known.set(keyOf(at), now);
      if (!isFirst && before?.digest !== now.digest) onChange(at, 'there');
    },
    removed: (object) => drop(keyOf(placeOf(object))),
    listed,
    absent() {
      list += 1;
      listed();
    },
    failed(error) {
      onFailure(error);
      // Who waits goes on without the list, so what is in it is news when it comes.
      isFirst = false;
      settled.resolve();
    },
  };
  const { wake } = api.follow(kind, follower, signal);
  return { has: (at) => known.has(keyOf(at)), ready: () => settled.promise, lookAgain: wake };
}

function placeOf(object: unknown): ObjectAt {
  const metadata = recordAt(object, 'metadata');
  return { namespace: textAt(metadata, 'namespace'), name: textAt(metadata, 'name') ?? '' };
}

function keyOf({ namespace = '', name }: ObjectAt): string {
  return `${namespace}/${name}`;
}
