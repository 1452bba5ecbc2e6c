// PURE who may hold a Lease. The dates in it are of other machines' clocks, so they are never compared with ours: what
// counts is for how long we have seen no renewal.

import type { LeaseRecord } from '../kubernetes/controller-api.ts';

export interface LeaseTimes {
  /** For how long others stay away without a renewal. */
  readonly durationMs: number;
  /** Without a renewal for this long, the holder stops. Shorter than the duration, so that it stops before another begins. */
  readonly renewWithinMs: number;
  readonly retryMs: number;
}

/** As client-go has them. */
export const LEASE_TIMES: LeaseTimes = { durationMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000 };

/** The last change of the Lease that we saw, and when, by our steady clock. */
export interface Observation {
  readonly renewal: string;
  readonly atMs: number;
}

/** Whoever can write the Lease cannot keep everybody away for longer than this with one write. */
const LONGEST_MS = 60_000;

/** What is known of the Lease after one more look. Only another holder or renewal counts as a change. */
export function observe(before: Observation | undefined, lease: LeaseRecord, nowMs: number): Observation {
  const renewal = JSON.stringify([lease.holder, lease.renewTime, lease.transitions]);
  return before?.renewal === renewal ? before : { renewal, atMs: nowMs };
}

/** Whether `identity` may take the Lease now: it is free, already its own, or its holder has been silent for too long. */
export function mayTake(
  lease: LeaseRecord,
  { identity, observation, nowMs }: { identity: string; observation: Observation; nowMs: number },
): boolean {
  if (lease.holder === '' || lease.holder === identity) return true;
  const durationMs = Math.min(lease.durationSeconds * 1000, LONGEST_MS);
  return nowMs - observation.atMs > durationMs;
}

/** The Lease as its new or old holder writes it. */
export function heldBy(
  identity: string,
  { before, times, wallMs }: { before: LeaseRecord | undefined; times: LeaseTimes; wallMs: number },
): LeaseRecord {
  const now = microTime(wallMs);
  const isSame = before?.holder === identity;
  return {
    holder: identity,
    durationSeconds: Math.ceil(times.durationMs / 1000),
    acquireTime: isSame ? before.acquireTime : now,
    renewTime: now,
    transitions: before === undefined ? 0 : before.transitions + (isSame ? 0 : 1),
  };
}

/** The Lease as its holder leaves it: free at once. */
export function released(lease: LeaseRecord, wallMs: number): LeaseRecord {
  return { ...lease, holder: '', durationSeconds: 1, renewTime: microTime(wallMs) };
}

/** The API server refuses a MicroTime without exactly six digits of fraction. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
