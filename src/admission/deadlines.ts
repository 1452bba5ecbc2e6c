import type { Clock } from '../clock.ts';

/** Runs what is due, a little late: within {@link PRECISION_MS}. */
export interface Deadlines {
  /** `expire` runs once `at` (clock.now, ms) has passed, unless the returned function was called before. */
  set(at: number, expire: () => void): () => void;
}

export const PRECISION_MS = 50;

interface Entry {
  readonly at: number;
  readonly expire: () => void;
}

/** One timer for all reviews in flight: nearly every review ends long before its deadline, and a timer each is costly. */
export function createDeadlines(clock: Clock): Deadlines {
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;

  function sweep(): void {
    const now = clock.now();
    for (const entry of entries) {
      if (entry.at <= now) {
        entries.delete(entry);
        entry.expire();
      }
    }
    if (entries.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  return {
    set(at, expire) {
      const entry = { at, expire };
      entries.add(entry);
      timer ??= setInterval(sweep, PRECISION_MS).unref();
      return () => {
        entries.delete(entry);
      };
    },
  };
}
