import type { Clock } from '../clock.ts';
import type { Identity } from '../identity/identity.ts';
import type { Resolver } from './resolver.ts';

/** One identity in one region. */
export interface Reading {
  readonly identity: Identity;
  readonly region: string;
}

/** Whether AWS has been silent for too long for what was read earlier to be used on. */
export type IsTooStale = (readings: readonly Reading[]) => boolean;

export interface StalenessOptions {
  readonly resolver: Pick<Resolver, 'lastDefinite'>;
  readonly clock: Clock;
  /** `--max-stale`; 0 turns it off: everything is too stale. */
  readonly maxStaleMs: number;
}

/** Counted from the last definite answer, or from now where there was none yet. */
export function createStaleness({ resolver, clock, maxStaleMs }: StalenessOptions): IsTooStale {
  const startedAt = clock.now();
  return (readings) => {
    const since = readings.map(
      ({ identity, region }) => resolver.lastDefinite(identity, region) ?? startedAt,
    );
    return maxStaleMs === 0 || clock.now() - Math.min(...since) > maxStaleMs;
  };
}
