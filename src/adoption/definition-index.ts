import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import type { DefinitionKind } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi, Follower } from '../kubernetes/adoption-api.ts';
import { DEFINITION_KINDS, KINDS } from './definition-kinds.ts';
import { createListed, type DefinitionObserver } from './listed.ts';
import { createMakersBySecret, type Makers, type MakersBySecret } from './makers-by-secret.ts';

/**
 * Which definitions make which Secrets. Only that is kept of a definition: what it says is read when it is carried out, so
 * that a change that was applied a moment ago counts.
 */
export interface DefinitionIndex {
  /**
   * Waits for the first lists, and looks for kinds that the cluster did not have when it was last asked.
   * @throws LatchkeyError LK-KUBERNETES when definitions cannot be read
   */
  makers(namespace: string, secretName: string, signal: AbortSignal): Promise<Makers>;
  /** The kinds that the cluster has, and in which version they are read. */
  served(namespace: string): ReadonlyMap<DefinitionKind, string>;
  /** Calls back whenever something has changed for a Secret of this name, until the returned function is called. */
  onChange(namespace: string, secretName: string, listener: () => void): () => void;
  /** Looks again soon for kinds that the cluster did not have, for who waits for one. */
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
  /** Learns of every definition beside. */
  readonly observer?: DefinitionObserver;
}

/** How long it counts that the cluster does not have a kind; and for who waits for it. Nobody looks unless somebody asks. */
const ABSENT_MS = 10_000;
const ABSENT_FOR_WAITING_MS = 500;
/** So long an index that has lost its thread is good enough: what it names is read again anyway. */
const LOST_MS = 60_000;

/** Follows every kind, in all namespaces or in each of a list. */
export function createDefinitionIndex(options: DefinitionIndexOptions): DefinitionIndex {
  const bySecret = createMakersBySecret();
  const parts = KINDS.flatMap((kind) =>
    (options.namespaces ?? [undefined]).map((namespace) =>
      createPart(kind, namespace, { ...options, bySecret }),
    ),
  );
  return {
    async makers(namespace, secretName, signal) {
      for (const part of parts) part.look(ABSENT_MS);
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
      for (const part of parts) part.look(ABSENT_FOR_WAITING_MS);
    },
  };
}

/** One kind in one scope: what the API server told of it, and whether that is all. */
function createPart(
  kind: DefinitionKind,
  scope: string | undefined,
  options: DefinitionIndexOptions & { readonly bySecret: MakersBySecret },
) {
  const { api, bySecret, clock, signal, onFailure } = options;
  const listed = createListed(kind, bySecret, options.observer);
  let pending: PromiseWithResolvers<void> | undefined = unsettled();
  let known: { readonly version: string } | { readonly absentSince: number } | undefined;
  let failure: { readonly error: LatchkeyError; readonly since: number } | undefined;

  function settle(now: typeof known): void {
    known = now;
    failure = undefined;
    pending?.resolve();
    pending = undefined;
  }

  const follower: Follower = {
    began: listed.began,
    set: listed.set,
    removed: listed.removed,
    listed(version) {
      listed.ended();
      settle({ version });
    },
    absent() {
      listed.began();
      listed.ended();
      settle({ absentSince: clock.now() });
    },
    failed(error) {
      onFailure?.(error);
      failure = { error, since: failure?.since ?? clock.now() };
      pending?.reject(error);
      pending = undefined;
    },
  };
  const { group, versions, plural } = DEFINITION_KINDS[kind];
  const followed = { group, versions, plural, ...(scope === undefined ? {} : { namespace: scope }) };
  const { wake } = api.follow(followed, follower, signal);

  return {
    kind,
    scope,
    servedVersion: () => (known !== undefined && 'version' in known ? known.version : undefined),
    /** Looks again if the kind has been absent for longer than this. */
    look(absentMs: number): void {
      if (pending !== undefined || known === undefined || 'version' in known) return;
      if (clock.now() - known.absentSince < absentMs) return;
      pending = unsettled();
      wake();
    },
    /** @throws LatchkeyError LK-KUBERNETES */
    async ready(): Promise<void> {
      await pending?.promise;
      const isLost = failure !== undefined && clock.now() - failure.since > LOST_MS;
      if (failure !== undefined && (known === undefined || isLost)) throw failure.error;
    },
  };
}

function unsettled(): PromiseWithResolvers<void> {
  const resolvers = Promise.withResolvers<void>();
  // Nobody may be waiting when it fails.
  resolvers.promise.catch(() => {});
  return resolvers;
}

function notReady(): LatchkeyError {
  return new LatchkeyError(
    'LK-KUBERNETES',
    'definitions had not been read when the time for this review was up',
    'Check that the API server answers Latchkey in time.',
  );
}
