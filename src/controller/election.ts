import type { Clock } from '../clock.ts';
import type { ControllerApi, StoredLease } from '../kubernetes/controller-api.ts';
import type { MountedAccount } from '../kubernetes/mounted-account.ts';
import type { Log } from '../telemetry/log.ts';
import { heldBy, mayTake, observe, released, type LeaseTimes, type Observation } from './lease.ts';
import type { Pause } from './pause.ts';

export interface ElectionOptions {
  readonly api: Pick<ControllerApi, 'lease' | 'createLease' | 'updateLease'>;
  readonly namespace: string;
  readonly lease: string;
  /** Owns the Lease, so that it goes when the installation goes. Absent outside of a cluster. */
  readonly owner?: MountedAccount;
  /** Of this process, unlike any other's. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Log;
  /** What only the leader does. Its signal aborts when it is the leader no more: then it must end at once. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** Called each time the API server gave an answer about the Lease. */
  readonly onAnswer?: () => void;
}

interface Taken {
  readonly lease: StoredLease;
  /** When the request that took it *began*: nobody else counts from earlier. */
  readonly sinceMs: number;
}

const JITTER = 0.2;
const RELEASE_MS = 3_000;

/**
 * Leads whenever the Lease can be had, until the signal aborts; then gives it back.
 * Rejects with what `lead` rejects with.
 */
export async function leadWhenElected(options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { clock, pause, times } = options;
  let observation: Observation | undefined;

  async function take(): Promise<Taken | undefined> {
    const { api, namespace, lease: name, identity, owner } = options;
    const sinceMs = clock.now();
    const found = await api.lease(namespace, name, signal);
    if (found !== undefined) {
      observation = observe(observation, found, clock.now());
      if (!mayTake(found, { identity, observation, nowMs: clock.now() })) return undefined;
    }
    const record = heldBy(identity, { before: found, times, wallMs: clock.wall() });
    const lease =
      found === undefined
        ? await api.createLease({ namespace, name, ...(owner && { owner }) }, record, signal)
        : await api.updateLease(found, record, signal);
    return lease && { lease, sinceMs };
  }

  while (!signal.aborted) {
    const taken = await attempt(options, take, signal);
    if (taken === undefined) await pause(jittered(times.retryMs), signal);
    else await serveTerm(options, taken, signal);
  }
}

/** From taking the Lease to losing it or giving it back. */
async function serveTerm(options: ElectionOptions, taken: Taken, outer: AbortSignal): Promise<void> {
  const { api, clock, pause, log, times, identity, lease: name } = options;
  const term = new AbortController();
  const signal = AbortSignal.any([outer, term.signal]);
  let held: StoredLease = taken.lease;
  let renewedMs = taken.sinceMs;
  let isOurs = true;

  /** Beside the renewals: one that hangs must not keep us in office. */
  async function watchDeadline(): Promise<void> {
    while (!signal.aborted) {
      const leftMs = renewedMs + times.renewWithinMs - clock.now();
      if (leftMs > 0) await pause(leftMs, signal);
      else {
        isOurs = false;
        log.error({ lease: name }, 'leadership lost: not renewed in time');
        term.abort();
      }
    }
  }

  async function renew(): Promise<true | undefined> {
    const sinceMs = clock.now();
    const record = heldBy(identity, { before: held, times, wallMs: clock.wall() });
    const renewed = await api.updateLease(held, record, signal);
    if (renewed !== undefined) {
      held = renewed;
      renewedMs = sinceMs;
      return true;
    }
    const found = await api.lease(held.namespace, held.name, signal);
    isOurs = found?.holder === identity;
    if (found !== undefined && isOurs) held = found;
    return true;
  }

  async function keepRenewing(): Promise<void> {
    while (!signal.aborted) {
      await pause(jittered(times.retryMs), signal);
      if (!signal.aborted) await attempt(options, renew, signal);
      if (!isOurs && !signal.aborted) {
        log.error({ lease: name }, 'leadership lost: somebody else holds the Lease');
        term.abort();
      }
    }
  }

  log.info({ lease: name, identity }, 'leading');
  const work = options.lead(signal).finally(() => term.abort());
  try {
    await Promise.all([work, watchDeadline(), keepRenewing()]);
  } finally {
    // What was lost is not ours to give back.
    if (isOurs) await release(options, held);
  }
}

/** Others need not wait for the Lease to run out. Best effort. */
async function release(options: ElectionOptions, held: StoredLease): Promise<void> {
  const { api, clock, log } = options;
  const signal = AbortSignal.timeout(RELEASE_MS);
  try {
    await api.updateLease(held, released(held, clock.wall()), signal);
  } catch (error) {
    log.warn({ err: error instanceof Error ? error : undefined }, 'the Lease could not be given back');
  }
}

/** What `action` gives; undefined when it fails, which is told and tried again. */
async function attempt<T>(
  { log, onAnswer }: ElectionOptions,
  action: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    const outcome = await action();
    onAnswer?.();
    return outcome;
  } catch (error) {
    if (!signal.aborted)
      log.warn({ err: error instanceof Error ? error : undefined }, 'no answer about the Lease');
    return undefined;
  }
}

/** Several replicas that began together must not ask together for ever. */
function jittered(ms: number): number {
  return ms * (1 + JITTER * Math.random());
}
