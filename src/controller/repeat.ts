import type { Clock } from '../clock.ts';
import { safeError } from '../telemetry/safe-error.ts';
import type { ControllerMetrics, Task } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import type { Pause } from './pause.ts';

export interface RepeatOptions {
  readonly task: Task;
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** Between the end of a round and the beginning of the next. */
  readonly everyMs: number;
  readonly pause: Pause;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'round'>;
}

const MAX_PAUSE_MS = 60_000;
const FIRST_RETRY_MS = 1_000;

/**
 * Rounds of a task until the signal aborts. One that fails is told, once for each different reason in a row, and tried
 * again after a pause that doubles; no failure ends the task, nor another one.
 */
export async function repeat(options: RepeatOptions, signal: AbortSignal): Promise<void> {
  const { task, round, everyMs, pause, clock, log, metrics } = options;
  let told = '';
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      await round(signal);
      metrics.round(task, 'ok', clock.wall());
      if (told !== '') log.info({ task }, 'task works again');
      told = '';
      retryMs = FIRST_RETRY_MS;
      await pause(everyMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      metrics.round(task, 'failed', clock.wall());
      const reason = JSON.stringify(safeError(error));
      if (reason !== told)
        log.error({ task, err: error instanceof Error ? error : undefined }, 'task failed');
      told = reason;
      await pause(Math.min(retryMs, MAX_PAUSE_MS), signal);
      retryMs *= 2;
    }
  }
}
