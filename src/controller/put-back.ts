import type { Clock } from '../clock.ts';
import type { ControllerApi, StoredSecret } from '../kubernetes/controller-api.ts';
import { printable } from '../quote.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { neededPlaces } from './managed-secrets.ts';
import type { Pause } from './pause.ts';
import { placeOf } from './secret-users.ts';

export interface WatchOptions {
  readonly api: ControllerApi;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly watchMs: number;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'swept'>;
}

/** A pod that waits for its Secret is asked for it again by the kubelet after about as long. */
const BETWEEN_LOOKS_MS = 10_000;
/** To see a Secret back that could not be created at once: a quota, an API server that is away. */
const FURTHER_LOOKS = 30;
/** Within a pod's usual 30 s of grace. */
const STOPPING_ATTEMPTS = 15;
const BETWEEN_ATTEMPTS_MS = 1_000;

/**
 * Looks at the pods of removed Secrets' namespaces until none can appear any more that was promised one, and puts back
 * what a pod needs. When the signal comes first, everything goes back: the next leader will sweep it again, and nobody
 * else has the values.
 * @param gone what was removed; what went back is taken out of it
 */
export async function watchRemoved(
  gone: StoredSecret[],
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, pause, watchMs } = options;
  const until = clock.now() + watchMs;
  let owed: readonly StoredSecret[] = [];
  for (let late = 0; gone.length > 0 && late <= FURTHER_LOOKS;) {
    if (signal.aborted) {
      await putBack(gone.splice(0), options);
      return;
    }
    owed = await oneLook(gone, options, signal);
    const left = until - clock.now();
    if (left <= 0 && owed.length === 0) return;
    if (left <= 0) late += 1;
    await pause(left > 0 ? Math.min(left, BETWEEN_LOOKS_MS) : BETWEEN_LOOKS_MS, signal);
  }
  for (const secret of owed) giveUp(secret, options);
}

/** @returns what pods need, or might need, and is not back yet */
async function oneLook(
  gone: StoredSecret[],
  options: WatchOptions,
  signal: AbortSignal,
): Promise<readonly StoredSecret[]> {
  const namespaces = [...new Set(gone.map(({ namespace }) => namespace))];
  const places = await attempt(options, signal, () => neededPlaces(options.api, namespaces, signal));
  if (places === undefined) return [...gone];
  const owed: StoredSecret[] = [];
  for (const secret of gone.filter((each) => places.has(placeOf(each)))) {
    const isBack = await attempt(options, signal, () => putBackOne(secret, options, signal));
    if (isBack === undefined) owed.push(secret);
    else gone.splice(gone.indexOf(secret), 1);
  }
  return owed;
}

/**
 * Everything of a list, with a little time of its own: the process is about to end, or leads no more. To create what was
 * there a minute ago disturbs no other leader.
 */
export async function putBack(
  secrets: readonly StoredSecret[],
  options: Omit<WatchOptions, 'watchMs'>,
): Promise<void> {
  const signal = AbortSignal.timeout(STOPPING_ATTEMPTS * BETWEEN_ATTEMPTS_MS);
  let owed = secrets;
  for (let attempts = 0; owed.length > 0 && attempts < STOPPING_ATTEMPTS; attempts += 1) {
    if (attempts > 0) await options.pause(BETWEEN_ATTEMPTS_MS, signal);
    const left: StoredSecret[] = [];
    for (const secret of owed) {
      const isBack = await attempt(options, signal, () => putBackOne(secret, options, signal));
      if (isBack === undefined) left.push(secret);
    }
    owed = left;
  }
  for (const secret of owed) giveUp(secret, options);
}

async function putBackOne(
  secret: StoredSecret,
  { api, log, metrics }: Pick<WatchOptions, 'api' | 'log' | 'metrics'>,
  signal: AbortSignal,
): Promise<true> {
  // That it exists, or that its namespace is gone, is as good.
  const outcome = await api.recreateSecret(secret, signal);
  if (outcome === 'done') {
    metrics.swept('restored');
    log.info(placeFields(secret), 'put back a swept Secret');
  }
  return true;
}

/** What `action` gives; undefined when it fails, which is told. */
async function attempt<T>(
  { log }: Pick<WatchOptions, 'log'>,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    const err = error instanceof Error ? error : undefined;
    if (!signal.aborted) log.warn({ err }, 'cannot look after what was swept');
    return undefined;
  }
}

function giveUp(secret: StoredSecret, { log, metrics }: Pick<WatchOptions, 'log' | 'metrics'>): void {
  metrics.swept('lost');
  log.error(placeFields(secret), 'a swept Secret that a pod may need could not be put back');
}

function placeFields({ namespace, name }: StoredSecret) {
  return { namespace: printable(namespace), secret: printable(name) };
}
