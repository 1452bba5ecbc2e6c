import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal aborts. Never rejects. An argument, so that tests can turn time. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pause: Pause = async (ms, signal) => {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // The signal ends the pause, and the caller looks at it.
  }
};
