import type { Clock } from '../clock.ts';
import type { Kubernetes, NewEvent } from '../kubernetes/kubernetes.ts';
import { safeError } from '../telemetry/safe-error.ts';
import type { Log } from '../telemetry/log.ts';

/** One event of a kind for an object a minute: a controller retries every few milliseconds at first. */
const QUIET_MS = 60_000;
const REMEMBERED = 5_000;
/** The API server cuts a message at 1 KiB. */
const MAX_MESSAGE = 1_000;

export interface EventWriter {
  /** Writes an Event beside the review: nobody waits for it, and failing to write it fails nothing. */
  write(event: NewEvent): void;
}

export function createEventWriter(kubernetes: Kubernetes, log: Log, clock: Clock): EventWriter {
  const written = new Map<string, number>();
  return {
    write(event) {
      const { regarding, reason, namespace } = event;
      const key = JSON.stringify([namespace, regarding.kind, regarding.name, regarding.uid ?? '', reason]);
      const last = written.get(key);
      if (last !== undefined && clock.now() - last < QUIET_MS) return;
      written.delete(key);
      written.set(key, clock.now());
      if (written.size > REMEMBERED) written.delete(written.keys().next().value ?? '');
      const message = event.message.slice(0, MAX_MESSAGE);
      kubernetes.createEvent({ ...event, message }).catch((error: unknown) => {
        log.warn({ namespace, ...safeError(error) }, 'event not written');
      });
    },
  };
}
