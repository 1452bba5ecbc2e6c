import type { Clock } from '../clock.ts';
import { createLru } from '../stores/lru.ts';

/** Says when a Secret that is gone is made again: whoever deletes it again and again must not have it made each time. */
export interface Vanishing {
  /** @returns milliseconds from now */
  makeAfter(uid: string): number;
}

/** Mostly its definition goes too, and is seen to go a moment later. */
const FIRST_MS = 1_000;
const LONGEST_MS = 10 * 60_000;
/** One that stayed for so long was not deleted by a loop. */
const STAYED_MS = 30 * 60_000;
const REMEMBERED = 10_000;

export function createVanishing(clock: Clock): Vanishing {
  const gone = createLru<{ readonly times: number; readonly atMs: number }>(REMEMBERED);
  return {
    makeAfter(uid) {
      const before = gone.get(uid);
      const isAgain = before !== undefined && clock.now() - before.atMs < STAYED_MS;
      const times = isAgain ? before.times + 1 : 0;
      gone.set(uid, { times, atMs: clock.now() });
      return Math.min(FIRST_MS * 2 ** Math.min(times, 20), LONGEST_MS);
    },
  };
}
