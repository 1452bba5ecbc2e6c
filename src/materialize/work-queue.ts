import type { Clock } from '../clock.ts';
import type { Pause } from '../controller/pause.ts';

/** Work by key: each key at its time, one at a time for each key, so many at a time for all, and groups by turns. */
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
  /** The group with the least at work is next: a thousand slow keys of one must not keep those of others waiting. */
  readonly groupOf: (key: string) => string;
  /** How long a key rests after it was worked on, however often it is added. */
  readonly restMs: number;
  /**
   * Never rejects.
   * @param sinceMs when it was last asked for, or became due (clock.now): what is older than that is too old for it
   * @returns after how long the key is due again; undefined for when it is added again
   */
  readonly work: (key: string, sinceMs: number, signal: AbortSignal) => Promise<number | undefined>;
}

/** A timer takes no longer times than some weeks. */
const LONGEST_PAUSE_MS = 3_600_000;

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, pause, concurrency, groupOf, restMs, work } = options;
  const waiting = new Map<string, { readonly dueMs: number; readonly addedMs: number }>();
  const running = new Map<string, Promise<void>>();
  /** Until when keys rest, those that ended first in front. */
  const resting = new Map<string, number>();
  let bell = new AbortController();

  function add(key: string, afterMs = 0): void {
    const addedMs = clock.now();
    const at = Math.max(addedMs + afterMs, resting.get(key) ?? 0);
    waiting.set(key, { dueMs: Math.min(at, waiting.get(key)?.dueMs ?? at), addedMs });
    bell.abort();
  }

  function start(key: string, sinceMs: number, signal: AbortSignal): void {
    waiting.delete(key);
    const done = work(key, sinceMs, signal).then((againMs) => {
      running.delete(key);
      rest(key);
      if (againMs === undefined) bell.abort();
      else add(key, againMs);
    });
    running.set(key, done);
  }

  function rest(key: string): void {
    const now = clock.now();
    for (const [other, untilMs] of resting) {
      if (untilMs > now) break;
      resting.delete(other);
    }
    resting.delete(key);
    resting.set(key, now + restMs);
    const next = waiting.get(key);
    if (next !== undefined) waiting.set(key, { ...next, dueMs: Math.max(next.dueMs, now + restMs) });
  }

  /** Begins what is due, and says how long there is nothing more to begin. */
  function startDue(signal: AbortSignal): number {
    // What ends rings.
    if (running.size >= concurrency) return LONGEST_PAUSE_MS;
    const now = clock.now();
    const due = new Map<string, string[]>();
    let restMs = LONGEST_PAUSE_MS;
    for (const [key, { dueMs }] of waiting) {
      if (running.has(key)) continue;
      if (dueMs > now) restMs = Math.min(restMs, dueMs - now);
      else entryOf(due, groupOf(key)).push(key);
    }
    const turns = [...due].map(([group, keys]) => ({ keys, atWork: atWork(group) }));
    while (running.size < concurrency) {
      const [next] = turns.filter(({ keys }) => keys.length > 0).sort((a, b) => a.atWork - b.atWork);
      const key = next?.keys.shift();
      const since = key === undefined ? undefined : waiting.get(key);
      if (next === undefined || key === undefined || since === undefined) return restMs;
      next.atWork += 1;
      start(key, Math.max(since.dueMs, since.addedMs), signal);
    }
    return LONGEST_PAUSE_MS;
  }

  function atWork(group: string): number {
    return [...running.keys()].filter((key) => groupOf(key) === group).length;
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

function entryOf(lists: Map<string, string[]>, name: string): string[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}
