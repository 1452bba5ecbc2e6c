import type { Clock } from '../clock.ts';
import type { ControllerApi, SecretHead } from '../kubernetes/controller-api.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { createIdleTimes } from './idle-times.ts';
import { managedSecrets, neededPlaces, type Namespaces } from './managed-secrets.ts';
import type { Pause } from './pause.ts';
import { removeSecrets, type Batch } from './remove-secrets.ts';
import { placeOf } from './secret-users.ts';

export interface SweeperOptions {
  readonly api: ControllerApi;
  readonly namespaces: Namespaces;
  /**
   * Where nothing is delivered, so that nothing may be created: what stands there all the same could not be put back, and
   * stays.
   */
  readonly excluded: readonly string[];
  readonly clock: Clock;
  readonly pause: Pause;
  /** For how long no pod may have needed a Secret, ms. */
  readonly afterMs: number;
  /** `serve`'s `--cache-ttl`: for so long it takes a Secret that it made for granted. */
  readonly cacheTtlMs: number;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'unreferenced' | 'swept'>;
  /** How much goes at once. */
  readonly batch?: Batch;
}

/** A mutating request lasts at most 34 s at the API server. A pod is there by then, or never. */
const ADMISSION_MS = 35_000;
/** What a clock that reads seconds can be wrong. */
const CREATION_SLACK_MS = 2_000;

/** For how long its pod may still be on its way, ms; `serverMs` is the API server's wall clock. */
export function youngForMs({ createdMs }: SecretHead, serverMs: number): number {
  return createdMs + ADMISSION_MS + CREATION_SLACK_MS - serverMs;
}

/**
 * The sweeper, for one term as leader.
 * @returns one round: looks at all managed Secrets and all pods, and removes what no pod has needed for long enough.
 *   It throws LatchkeyError LK-KUBERNETES
 */
export function createSweeper(
  options: SweeperOptions,
): (key: Uint8Array, signal: AbortSignal) => Promise<void> {
  const { api, namespaces, excluded, clock, afterMs, metrics, log } = options;
  const idleTimes = createIdleTimes();

  /** Secrets first: one that is made later is not looked at, whatever its pod does. */
  async function dueSecrets(key: Uint8Array, signal: AbortSignal): Promise<readonly SecretHead[]> {
    const managed = await managedSecrets(api, { namespaces, excluded, key }, signal);
    const needed = await neededPlaces(api, namespaces, signal);
    const idle = [...managed.values()].filter((head) => !needed.has(placeOf(head)));
    metrics.unreferenced(idle.length);
    const idleFor = idleTimes.look(
      idle.map(({ uid }) => uid),
      clock.now(),
    );
    // By the API server's clock, which is the one that creationTimestamp is of.
    const serverMs = clock.wall() - (api.clockAheadMs() ?? 0);
    return idle.filter((head) => (idleFor.get(head.uid) ?? 0) >= afterMs && youngForMs(head, serverMs) <= 0);
  }

  return async (key, signal) => {
    let due = await dueSecrets(key, signal);
    while (due.length > 0 && !signal.aborted) {
      const watchMs = options.cacheTtlMs + ADMISSION_MS + CREATION_SLACK_MS;
      const { rest, needed, deleted } = await removeSecrets(due, { ...options, key, watchMs }, signal);
      for (const { uid } of needed) idleTimes.forget(uid);
      if (deleted > 0) log.info({ deleted }, 'swept managed Secrets that no pod needs');
      due = rest;
    }
  };
}
