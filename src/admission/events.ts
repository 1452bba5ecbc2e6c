import type { Clock } from '../clock.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Pod } from '../request/pod.ts';
import { safeError } from '../telemetry/safe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Surroundings } from './surroundings.ts';

/** One event of a kind for an object a minute: a controller retries every few milliseconds at first. */
const QUIET_MS = 60_000;
const REMEMBERED = 5_000;

/** What is to be known of a pod that was never created. */
export interface Warning {
  readonly namespace: string;
  /** A word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

export interface EventWriter {
  /**
   * Writes an Event on the pod's workload, beside the review: nobody waits for it, and failing to write it fails nothing.
   * On none that a live read does not show: whoever forges a review must not write Events at will.
   */
  warn(pod: Pod, warning: Warning): void;
}

export interface EventWriterOptions {
  readonly kubernetes: Pick<Kubernetes, 'createEvent'>;
  readonly surroundings: Pick<Surroundings, 'workload'>;
  readonly log: Log;
  readonly clock: Clock;
}

export function createEventWriter({ kubernetes, surroundings, log, clock }: EventWriterOptions): EventWriter {
  const written = new Map<string, number>();

  function isDue(key: string): boolean {
    const last = written.get(key);
    if (last !== undefined && clock.now() - last < QUIET_MS) return false;
    written.delete(key);
    written.set(key, clock.now());
    if (written.size > REMEMBERED) written.delete(written.keys().next().value ?? '');
    return true;
  }

  async function write(pod: Pod, { namespace, reason, message }: Warning): Promise<void> {
    const regarding = await surroundings.workload(namespace, pod);
    if (regarding === undefined || !isDue(JSON.stringify([namespace, regarding.uid, reason]))) return;
    await kubernetes.createEvent({ namespace, type: 'Warning', reason, message, regarding });
  }

  return {
    warn(pod, warning) {
      write(pod, warning).catch((error: unknown) => {
        log.warn({ namespace: warning.namespace, ...safeError(error) }, 'event not written');
      });
    },
  };
}
