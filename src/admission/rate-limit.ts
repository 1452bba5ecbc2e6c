import type { Clock } from '../clock.ts';

/** Lets so many a second through, and some more after a while of silence. */
export interface RateLimit {
  take(): boolean;
}

export function createRateLimit(options: {
  readonly perSecond: number;
  readonly burst: number;
  readonly clock: Pick<Clock, 'now'>;
}): RateLimit {
  const { perSecond, burst, clock } = options;
  let left = burst;
  let at = clock.now();
  return {
    take() {
      const now = clock.now();
      left = Math.min(burst, left + ((now - at) / 1000) * perSecond);
      at = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
