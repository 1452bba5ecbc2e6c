import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import type { DefinitionKind } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, Follower } from '../kubernetes/adoption-api.ts';
import { DEFINITION_KINDS, KINDS } from './definition-kinds.ts';
import { indexed, placeOf, type Indexed } from './indexed.ts';
import { createMakersBySecret, type Makers, type MakersBySecret } from './makers-by-secret.ts';

/**
 * Which definitions make which Secrets. Only that is kept of a definition: what it says is read when it is carried out, so
 * that a change that was applied a moment ago counts.
 */
export interface DefinitionIndex {
  /**
   * Waits for the first lists.
   * @throws LatchkeyError LK-KUBERNETES when definitions cannot be read
   */
  makers(namespace: string, secretName: string, signal: AbortSignal): Promise<Makers>;
  /** The kinds that the cluster has, and in which version they are read. */
  served(namespace: string): ReadonlyMap<DefinitionKind, string>;
  /** Calls back whenever something has changed for a Secret of this name, until the returned function is called. */
  onChange(namespace: string, secretName: string, listener: () => void): () => void;
  /** Looks again for kinds that the cluster did not have, at most every few seconds however often it is called. */
  lookAgain(): void;
}

export interface DefinitionIndexOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  readonly clock: Clock;
  /** Absent: all. */
  readonly namespaces?: readonly string[];
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly onFailure?: (error: LatchkeyError) => void;
}

const LOOK_AGAIN_MS = 2_000;
/** So long an index that has lost its thread is good enough: what it names is read again anyway. */
const LOST_MS = 60_000;

/** Follows every kind, in all namespaces or in each of a list. */
export function createDefinitionIndex(options: DefinitionIndexOptions): DefinitionIndex {
  const { api, clock, namespaces, signal } = options;
  const bySecret = createMakersBySecret();
  const parts = KINDS.flatMap((kind) =>
    (namespaces ?? [undefined]).map((namespace) => {
      const part = createPart(kind, bySecret, options);
      const scope = namespace === undefined ? {} : { namespace };
      const { group, versions, plural } = DEFINITION_KINDS[kind];
      const { wake } = api.follow({ group, versions, plural, ...scope }, part.follower, signal);
      return { ...part, kind, scope: namespace, wake };
    }),
  );
  let lookedAt = -Infinity;

  return {
    async makers(namespace, secretName, signal) {
      await Promise.all(parts.map((part) => abortable(part.ready(), signal, notReady)));
      return bySecret.get(namespace, secretName);
    },
    served: (namespace) =>
      new Map(
        parts.flatMap(({ kind, scope, servedVersion }) => {
          const version = scope === undefined || scope === namespace ? servedVersion() : undefined;
          return version === undefined ? [] : [[kind, version] as const];
        }),
      ),
    onChange: (namespace, secretName, listener) => bySecret.listen(namespace, secretName, listener),
    lookAgain() {
      if (clock.now() - lookedAt < LOOK_AGAIN_MS) return;
      lookedAt = clock.now();
      for (const { wake } of parts) wake();
    },
  };
}

/** One kind in one scope: its objects as the API server told them, and whether they are all. */
function createPart(
  kind: DefinitionKind,
  bySecret: MakersBySecret,
  { clock, onFailure }: DefinitionIndexOptions,
) {
  const entries = new Map<string, Indexed & { list: number }>();
  let first = Promise.withResolvers<void>();
  let failure: { readonly error: LatchkeyError; readonly since: number } | undefined;
  let isReady = false;
  let version: string | undefined;
  let list = 0;

  function drop(key: string): void {
    const known = entries.get(key);
    if (known === undefined) return;
    entries.delete(key);
    bySecret.remove(known);
  }

  function set(object: unknown): void {
    const key = placeOf(object);
    if (key === undefined) return;
    const entry = indexed(kind, object);
    const known = entries.get(key);
    if (entry !== undefined && known?.digest === entry.digest) {
      known.list = list;
      return;
    }
    drop(key);
    if (entry === undefined) return;
    entries.set(key, { ...entry, list });
    bySecret.add(entry);
  }

  function settle(): void {
    isReady = true;
    failure = undefined;
    first.resolve();
  }

  const follower: Follower = {
    began() {
      list += 1;
    },
    set,
    removed(object) {
      drop(placeOf(object) ?? '');
    },
    listed(at) {
      version = at;
      for (const [key, entry] of entries) if (entry.list !== list) drop(key);
      settle();
    },
    absent() {
      version = undefined;
      for (const key of entries.keys()) drop(key);
      settle();
    },
    failed(error) {
      onFailure?.(error);
      failure = { error, since: failure?.since ?? clock.now() };
      if (isReady) return;
      // Those who wait learn why; those who come later wait for the next attempt.
      first.reject(error);
      first = Promise.withResolvers();
      first.promise.catch(() => {});
    },
  };
  first.promise.catch(() => {});

  return {
    follower,
    servedVersion: () => version,
    async ready(): Promise<void> {
      if (!isReady) await first.promise;
      if (failure !== undefined && clock.now() - failure.since > LOST_MS) throw failure.error;
    },
  };
}

function notReady(): LatchkeyError {
  return new LatchkeyError(
    'LK-KUBERNETES',
    'definitions had not been read when the time for this review was up',
    'Check that the API server answers Latchkey in time.',
  );
}
