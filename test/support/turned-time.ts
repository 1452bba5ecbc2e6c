import { setImmediate as turn } from 'node:timers/promises';
import type { Pause } from '../../src/controller/pause.ts';
import { testClock, type TestClock } from './test-clock.ts';

export interface TurnedTime {
  readonly clock: TestClock;
  readonly pause: Pause;
  /** Lets time go by: every pause that ends meanwhile ends at its time, and what follows from it happens then. */
  advance(ms: number): Promise<void>;
}

/** Time that stands still until a test turns it, for what waits in loops. */
export function turnedTime(): TurnedTime {
  const clock = testClock();
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  const pause: Pause = (ms, signal) =>
    new Promise((resolve) => {
      const sleeper = { atMs: clock.now() + ms, wake: () => {} };
      sleeper.wake = () => {
        sleepers.delete(sleeper);
        resolve();
      };
      if (signal.aborted) resolve();
      else sleepers.add(sleeper);
      signal.addEventListener('abort', sleeper.wake, { once: true });
    });

  return {
    clock,
    pause,
    async advance(ms) {
      const untilMs = clock.now() + ms;
      for (;;) {
        await settled();
        const [next] = [...sleepers].sort((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > untilMs) break;
        clock.advance(Math.max(0, next.atMs - clock.now()));
        next.wake();
      }
      clock.advance(untilMs - clock.now());
      await settled();
    },
  };
}

/** Until everything that only waits for promises has happened. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}
