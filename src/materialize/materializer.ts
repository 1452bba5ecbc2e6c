import { createDefinitionIndex, type DefinitionIndex } from '../adoption/definition-index.ts';
import type { Clock } from '../clock.ts';
import type { Pause } from '../controller/pause.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { type Candidate, candidateOf } from './candidate.ts';
import { followAround } from './follow-around.ts';
import type { KeepSecret } from './keep-secret.ts';
import { followMarkedNamespaces } from './marked-namespaces.ts';
import type { Tell } from './tell.ts';
import { againAfter, retryAfter } from './when-again.ts';
import { createWorkQueue } from './work-queue.ts';

export interface MaterializerOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  readonly kubernetes: Pick<Kubernetes, 'namespace'>;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Where nothing is made. */
  readonly excluded: readonly string[];
  /** How often definitions are carried out that do not say. */
  readonly everyMs: number;
  readonly keeper: (index: DefinitionIndex) => KeepSecret;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'toMaterialize'>;
  /** As Math.random: what begins together must not stay together. */
  readonly jitter?: () => number;
}

export interface Materializer {
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Tries again at once what failed, of the kind that hangs on sealing keys. */
  keysChanged(): void;
}

/** Definitions at work at once: AWS and the API server are everybody's. */
const CONCURRENCY = 4;
/** Kinds that are installed later; each look is a request or two. */
const LOOK_AGAIN_MS = 30_000;
/** Mostly its definition goes too, and is seen to go a moment later. */
const SECRET_GONE_MS = 1_000;

/** Makes and keeps the Secrets of all definitions that say so, or whose namespaces do. */
export function createMaterializer(options: MaterializerOptions): Materializer {
  const { api, namespaces, excluded, tell, clock, pause, log, jitter = Math.random } = options;
  const candidates = new Map<string, Candidate>();
  const wanted = new Set<string>();
  const failures = new Map<string, number>();
  let keep: KeepSecret | undefined;
  let isMarkedNamespace: (name: string) => boolean = () => false;

  const queue = createWorkQueue({ clock, pause, concurrency: CONCURRENCY, work });

  function isWanted({ isMarked, definition: { namespace } }: Candidate): boolean {
    return !excluded.includes(namespace) && (isMarked || isMarkedNamespace(namespace));
  }

  function consider(candidate: Candidate, afterMs = 0): void {
    const { uid } = candidate.definition;
    failures.delete(uid);
    if (!isWanted(candidate)) {
      leave(candidate);
      return;
    }
    wanted.add(uid);
    options.metrics.toMaterialize(wanted.size);
    queue.add(uid, afterMs);
  }

  /** What was made of it stays: it goes with its definition. */
  function leave(candidate: Candidate): void {
    const { uid } = candidate.definition;
    if (!wanted.delete(uid)) return;
    options.metrics.toMaterialize(wanted.size);
    queue.remove(uid);
    tell.forget(candidate);
  }

  function considerThose(fit: (candidate: Candidate) => boolean, afterMs?: number): void {
    for (const candidate of candidates.values()) if (fit(candidate)) consider(candidate, afterMs);
  }

  async function work(uid: string, sinceMs: number, signal: AbortSignal): Promise<number | undefined> {
    const candidate = candidates.get(uid);
    if (candidate === undefined || keep === undefined || !isWanted(candidate)) return undefined;
    let againMs: number | undefined;
    try {
      const kept = await keep(candidate, sinceMs, signal);
      failures.delete(uid);
      if (isStale(candidate)) return undefined;
      if (kept === 'not-wanted') tell.forget(candidate);
      else tell.kept(candidate, kept);
      againMs = againAfter(candidate.refresh, { everyMs: options.everyMs, jitter });
    } catch (error) {
      if (signal.aborted || isStale(candidate)) return undefined;
      tell.failed(candidate, error);
      const times = failures.get(uid) ?? 0;
      failures.set(uid, times + 1);
      againMs = retryAfter(times, jitter);
    }
    return againMs;
  }

  /** It went, changed or is not wanted any more while it was worked on; if anything is to be done, it is due already. */
  function isStale(candidate: Candidate): boolean {
    return candidates.get(candidate.definition.uid) !== candidate || !isWanted(candidate);
  }

  const onFailure = (error: unknown): void => {
    const code = error instanceof LatchkeyError ? error.code : undefined;
    log.warn({ code, err: error instanceof Error ? error : undefined }, 'definitions cannot be followed');
  };

  return {
    keysChanged: () =>
      considerThose(({ definition: { kind, uid } }) => kind === 'sealed-secret' && failures.has(uid)),
    async run(signal) {
      const index = createDefinitionIndex({
        api,
        clock,
        signal,
        ...(namespaces === undefined ? {} : { namespaces }),
        onFailure,
        observer: {
          came(entry, object) {
            const candidate = candidateOf(entry, object);
            if (candidate === undefined) return;
            candidates.set(candidate.definition.uid, candidate);
            consider(candidate);
          },
          went({ reference: { uid } }) {
            const candidate = candidates.get(uid);
            if (candidate === undefined) return;
            candidates.delete(uid);
            failures.delete(uid);
            leave(candidate);
          },
        },
      });
      keep = options.keeper(index);
      const marked = followMarkedNamespaces(
        {
          ...options,
          onFailure,
          onChange: (name) => considerThose(({ definition }) => definition.namespace === name),
        },
        signal,
      );
      isMarkedNamespace = marked.has;
      const around = followAround(
        {
          api,
          namespaces,
          onFailure,
          onStore: (title, namespace) =>
            considerThose(
              ({ stores, definition }) =>
                stores.includes(title) && (namespace === undefined || definition.namespace === namespace),
            ),
          onSecretGone: ({ namespace, name }) =>
            considerThose(
              ({ secretName, definition }) => secretName === name && definition.namespace === namespace,
              SECRET_GONE_MS,
            ),
        },
        signal,
      );
      // A store that was read before it is known could change unseen.
      await Promise.all([marked, ...around].map(({ ready }) => ready()));
      considerThose(isWanted);
      await Promise.all([queue.run(signal), lookForKinds()]);

      async function lookForKinds(): Promise<void> {
        while (!signal.aborted) {
          await pause(LOOK_AGAIN_MS, signal);
          index.lookAgain();
          for (const tracked of around) tracked.lookAgain();
        }
      }
    },
  };
}
