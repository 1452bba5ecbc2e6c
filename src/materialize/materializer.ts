import { createDefinitionIndex, type DefinitionIndex } from '../adoption/definition-index.ts';
import type { Clock } from '../clock.ts';
import type { Pause } from '../controller/pause.ts';
import type { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { followAround } from './follow-around.ts';
import type { KeepSecret } from './keep-secret.ts';
import { followMarkedNamespaces } from './marked-namespaces.ts';
import type { Tell } from './tell.ts';
import { createVanishing } from './vanishing.ts';
import { createWanted } from './wanted.ts';
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
  readonly keeperOf: (index: DefinitionIndex) => KeepSecret;
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
  run(): Promise<void>;
  /** Tries again at once what failed of the kind that hangs on sealing keys. */
  keysChanged(): void;
}

/** Definitions at work at once: AWS and the API server are everybody's. */
const CONCURRENCY = 4;
/** Who writes a definition again and again does not decide how busy AWS is. */
const REST_MS = 1_000;
/** Kinds that are installed later; each look is a request or two. */
const LOOK_AGAIN_MS = 30_000;

/** Makes and keeps the Secrets of all definitions that say so, or whose namespaces do. Follows them from now on. */
export function createMaterializer(options: MaterializerOptions, signal: AbortSignal): Materializer {
  const { api, namespaces, excluded, tell, clock, pause, log, jitter = Math.random } = options;
  const onFailure = (error: LatchkeyError): void =>
    log.warn({ code: error.code, err: error }, 'definitions cannot be followed');

  const queue = createWorkQueue({
    clock,
    pause,
    concurrency: CONCURRENCY,
    groupOf: (uid) => wanted.get(uid)?.definition.namespace ?? '',
    restMs: REST_MS,
    work,
  });
  const wanted = createWanted({
    queue,
    isWanted: ({ isMarked, definition: { namespace } }) =>
      !excluded.includes(namespace) && (isMarked || marked.has(namespace)),
    onLeft: tell.forget,
    onCount: options.metrics.toMaterialize,
  });
  const vanishing = createVanishing(clock);
  const marked = followMarkedNamespaces(
    {
      ...options,
      onFailure,
      onChange: (name) => wanted.look(({ definition }) => definition.namespace === name),
    },
    signal,
  );
  const around = followAround(
    {
      api,
      namespaces,
      onFailure,
      onStore: (title, namespace = '') =>
        wanted.look(
          ({ stores, definition }) =>
            stores.includes(title) && (namespace === '' || definition.namespace === namespace),
        ),
      onSecretGone: ({ namespace, name }) =>
        wanted.look(
          ({ secretName, definition }) => secretName === name && definition.namespace === namespace,
          ({ definition: { uid } }) => vanishing.makeAfter(uid),
        ),
    },
    signal,
  );
  const index = createDefinitionIndex({
    api,
    clock,
    signal,
    onFailure,
    observer: wanted.observer,
    ...(namespaces === undefined ? {} : { namespaces }),
  });
  const keep = options.keeperOf(index);

  async function work(uid: string, sinceMs: number): Promise<number | undefined> {
    const candidate = wanted.get(uid);
    if (candidate === undefined) return undefined;
    // It may go or change meanwhile. If anything is to be done then, it is due already.
    const isStill = (): boolean => !signal.aborted && wanted.get(uid) === candidate;
    try {
      const kept = await keep(candidate, sinceMs, signal);
      if (!isStill()) return undefined;
      wanted.succeeded(uid);
      if (kept === 'not-wanted') tell.forget(candidate);
      else tell.kept(candidate, kept);
      return againAfter(candidate.refresh, { everyMs: options.everyMs, jitter });
    } catch (error) {
      if (!isStill()) return undefined;
      tell.failed(candidate, error);
      wanted.failed(uid);
      return retryAfter(wanted.failures(uid) - 1, jitter);
    }
  }

  async function lookForKinds(): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_AGAIN_MS, signal);
      index.lookAgain();
      for (const tracked of around) tracked.lookAgain();
    }
  }

  return {
    async run() {
      // Were it read before its store is followed, a change of that store could go unseen.
      await Promise.all([marked, ...around].map(({ ready }) => ready()));
      wanted.look(() => true);
      await Promise.all([queue.run(signal), lookForKinds()]);
    },
    keysChanged: () =>
      wanted.look(({ definition: { kind, uid } }) => kind === 'sealed-secret' && wanted.failures(uid) > 0),
  };
}
