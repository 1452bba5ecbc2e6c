import type { Clock } from '../clock.ts';
import type { Pause } from '../controller/pause.ts';

/** Work by key: each key at its time, one at a time for each key, and so many at a time for all. */
export interface WorkQueue {
  /** Has the key worked on after so many milliseconds, or earlier if that was due; once more if it is being worked on. */
  add(key: string, afterMs?: number): void;
  remove(key: string): void;
  /** Until the signal aborts; then work that has begun is waited for. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly pause: Pause;
  readonly concurrency: number;
  /**
   * Never rejects.
   * @param sinceMs when it was last asked for, or became due (clock.now): what is older than that is too old for it
   * @returns after how long the key is due again; undefined for when it is added again
   */
  readonly work: (key: string, sinceMs: number, signal: AbortSignal) => Promise<number | undefined>;
}

/** A timer takes no longer times than some weeks. */
const LONGEST_PAUSE_MS = 3_600_000;

export function createWorkQueue({ clock, pause, concurrency, work }: WorkQueueOptions): WorkQueue {
  const waiting = new Map<string, { readonly dueMs: number; readonly addedMs: number }>();
  const running = new Map<string, Promise<void>>();
  let bell = new AbortController();

  function add(key: string, afterMs = 0): void {
    const addedMs = clock.now();
    const at = addedMs + afterMs;
    waiting.set(key, { dueMs: Math.min(at, waiting.get(key)?.dueMs ?? at), addedMs });
    bell.abort();
  }

  function start(key: string, sinceMs: number, signal: AbortSignal): void {
    waiting.delete(key);
    const done = work(key, sinceMs, signal).then((againMs) => {
      running.delete(key);
      if (againMs === undefined) bell.abort();
      else add(key, againMs);
    });
    running.set(key, done);
  }

  /** Begins what is due, and says how long there is nothing more to begin. */
  function startDue(signal: AbortSignal): number {
    let restMs = LONGEST_PAUSE_MS;
    for (const [key, { dueMs, addedMs }] of waiting) {
      // What ends rings.
      if (running.size >= concurrency) return LONGEST_PAUSE_MS;
      if (running.has(key)) continue;
      const leftMs = dueMs - clock.now();
      if (leftMs <= 0) start(key, Math.max(dueMs, addedMs), signal);
      else restMs = Math.min(restMs, leftMs);
    }
    return restMs;
  }

  return {
    add,
    remove: (key) => void waiting.delete(key),
    async run(signal) {
      while (!signal.aborted) {
        bell = new AbortController();
        const restMs = startDue(signal);
        await pause(restMs, AbortSignal.any([signal, bell.signal]));
      }
      await Promise.all(running.values());
    },
  };
}
