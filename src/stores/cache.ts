import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';

/** What a load ended with. Failures are values here, so that one is never an unhandled rejection. */
export type Outcome<V> = V | LatchkeyError;

export interface Freshness {
  /** Nothing whose load began before this moment is accepted (clock.now, ms). */
  readonly freshAfter: number;
  /** Nor anything whose load began longer ago than this. */
  readonly ttlMs: number;
}

/** `startedAt` is when the load began (clock.now, ms). */
export type Claim<V> =
  | { readonly kind: 'kept'; readonly outcome: Outcome<V>; readonly startedAt: number }
  | { readonly kind: 'loading'; readonly outcome: Promise<Outcome<V>>; readonly startedAt: number }
  /** Nobody has it: the caller loads it, and must settle exactly once. */
  | {
      readonly kind: 'yours';
      readonly startedAt: number;
      readonly outcome: Promise<Outcome<V>>;
      readonly settle: Settle<V>;
      /** From now on nobody else joins this load; what it ends with is still kept. */
      readonly unshare: () => void;
    };

/** `forget` hands the outcome to those who wait, and keeps nothing. */
export type Settle<V> = (outcome: Outcome<V>, keep?: 'keep' | 'forget') => void;

/**
 * A bounded cache that answers by when a load BEGAN: what was read before a question was asked is no answer to it.
 * Loads in flight are shared under the same rule.
 */
export interface FreshCache<V> {
  /** Looks up; on `yours`, everyone who asks from now on waits for this caller's load. */
  claim(key: string, freshness: Freshness): Claim<V>;
  /**
   * Looks up or loads. The load is shared: give it a time limit of its own, not one caller's.
   * @throws LatchkeyError what the load threw, or LK-INTERNAL for anything that is none
   */
  get(key: string, freshness: Freshness, load: () => Promise<V>): Promise<V>;
  /** Drops a value, and lets nobody else join a load that is under way. */
  delete(key: string): void;
}

export interface FreshCacheOptions<V> {
  readonly clock: Clock;
  readonly maxEntries: number;
  /** Needs `size`. */
  readonly maxBytes?: number;
  /** Bytes of one value. */
  readonly size?: (value: V) => number;
}

interface Slot<V> {
  value?: { readonly value: V; readonly startedAt: number; readonly bytes: number };
  failure?: { readonly error: LatchkeyError; readonly startedAt: number; readonly endedAt: number };
  pending?: { readonly outcome: Promise<Outcome<V>>; readonly startedAt: number };
}

/** How long a failure answers for the next callers. */
export const NEGATIVE_TTL_MS = 3000;

/**
 * A value and a failure are kept side by side: a later revision's failed load takes nothing away from an earlier one.
 * Definite failures (not found, denied) follow the same freshness rule as values. Indefinite ones say nothing about the
 * secret, only that asking again is pointless for a moment: for 3 s they count for everybody.
 */
export function createFreshCache<V>({
  clock,
  maxEntries,
  maxBytes,
  size,
}: FreshCacheOptions<V>): FreshCache<V> {
  const slots = new Map<string, Slot<V>>();
  const byteLimit = maxBytes ?? Number.POSITIVE_INFINITY;
  let bytes = 0;
  let longestTtl = 0;

  function remove(key: string): void {
    bytes -= slots.get(key)?.value?.bytes ?? 0;
    slots.delete(key);
  }

  /** The slot, moved to the end of the Map: the front is what was used least recently. */
  function touch(key: string): Slot<V> {
    const slot = slots.get(key) ?? {};
    slots.delete(key);
    slots.set(key, slot);
    return slot;
  }

  function shrink(): void {
    const now = clock.now();
    for (const [key, slot] of slots) {
      const over = slots.size > maxEntries || (bytes > byteLimit && slots.size > 1);
      if (!over && !isSpent(slot, now, longestTtl)) return;
      remove(key);
    }
  }

  function settle(key: string, slot: Slot<V>, startedAt: number, outcome: Outcome<V>): void {
    // Evicted or deleted meanwhile: those who wait get it, nobody else.
    if (slots.get(key) !== slot) return;
    if (outcome instanceof LatchkeyError) {
      slot.failure = { error: outcome, startedAt, endedAt: clock.now() };
      return;
    }
    if (slot.value !== undefined && slot.value.startedAt > startedAt) return;
    const added = size?.(outcome) ?? 0;
    bytes += added - (slot.value?.bytes ?? 0);
    slot.value = { value: outcome, startedAt, bytes: added };
    if (slot.failure !== undefined && slot.failure.startedAt <= startedAt) delete slot.failure;
    shrink();
  }

  function begin(key: string, slot: Slot<V>): Claim<V> {
    const startedAt = clock.now();
    const { promise, resolve } = Promise.withResolvers<Outcome<V>>();
    const pending = { outcome: promise, startedAt };
    slot.pending = pending;
    shrink();
    const unshare = (): void => {
      if (slot.pending === pending) delete slot.pending;
    };
    return {
      kind: 'yours',
      startedAt,
      outcome: promise,
      settle(outcome, keep = 'keep') {
        unshare();
        if (keep === 'keep') settle(key, slot, startedAt, outcome);
        resolve(outcome);
      },
      unshare,
    };
  }

  function claim(key: string, { freshAfter, ttlMs }: Freshness): Claim<V> {
    const now = clock.now();
    const oldest = Math.max(freshAfter, now - ttlMs);
    longestTtl = Math.max(longestTtl, ttlMs);
    const slot = touch(key);
    const { value, pending, failure } = slot;
    if (value !== undefined && value.startedAt >= oldest) {
      return { kind: 'kept', outcome: value.value, startedAt: value.startedAt };
    }
    if (pending !== undefined && pending.startedAt >= oldest) return { kind: 'loading', ...pending };
    if (
      failure !== undefined &&
      isFresh(failure.endedAt, now) &&
      (failure.error.indefinite || failure.startedAt >= freshAfter)
    ) {
      return { kind: 'kept', outcome: failure.error, startedAt: failure.startedAt };
    }
    return begin(key, slot);
  }

  return {
    claim,
    delete: remove,
    async get(key, freshness, load) {
      const claimed = claim(key, freshness);
      if (claimed.kind === 'yours') claimed.settle(await outcomeOf(load));
      const outcome = await claimed.outcome;
      if (outcome instanceof LatchkeyError) throw outcome;
      return outcome;
    },
  };
}

function isFresh(endedAt: number, now: number): boolean {
  return now - endedAt < NEGATIVE_TTL_MS;
}

/** Nobody can be answered from this slot any more. */
function isSpent<V>({ value, failure, pending }: Slot<V>, now: number, longestTtl: number): boolean {
  const valueCounts = value !== undefined && value.startedAt >= now - longestTtl;
  const failureCounts = failure !== undefined && isFresh(failure.endedAt, now);
  return pending === undefined && !valueCounts && !failureCounts;
}

async function outcomeOf<V>(load: () => Promise<V>): Promise<Outcome<V>> {
  try {
    return await load();
  } catch (error) {
    // Nothing of a foreign error is kept: it may quote what it failed on.
    return error instanceof LatchkeyError
      ? error
      : new LatchkeyError('LK-INTERNAL', 'an unexpected failure', 'Please report this.');
  }
}
