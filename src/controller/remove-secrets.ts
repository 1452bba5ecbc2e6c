import type { Clock } from '../clock.ts';
import type { ControllerApi, SecretHead, StoredSecret } from '../kubernetes/controller-api.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { isOurs, neededPlaces } from './managed-secrets.ts';
import type { Pause } from './pause.ts';
import { putBack, watchRemoved } from './put-back.ts';
import { placeOf } from './secret-users.ts';

export interface RemoveOptions {
  readonly api: ControllerApi;
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly pause: Pause;
  /** For how long after a removal a pod can appear that was promised the Secret, ms. */
  readonly watchMs: number;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'swept'>;
  /** Default: {@link BATCH}. */
  readonly batch?: Batch;
}

/** Removed Secrets are kept in memory until nobody can need them: so many bytes, so many Secrets at once. */
export interface Batch {
  readonly bytes: number;
  readonly count: number;
}

export interface Removed {
  /** How many are gone and stay so. */
  readonly deleted: number;
  /** Not removed, because a pod needs them now. */
  readonly needed: readonly SecretHead[];
  /** Not looked at yet. */
  readonly rest: readonly SecretHead[];
}

const BATCH: Batch = { bytes: 16 * 1024 * 1024, count: 200 };

/**
 * Removes some of these Secrets: reads them whole, looks at the pods of their namespaces, and at once deletes what no pod
 * needs, each only if it is still the one that was read. A pod can be on its way nevertheless: the webhook has told its
 * review that the Secret exists. So the pods are watched afterwards, and what one came to need is put back.
 */
export async function removeSecrets(
  due: readonly SecretHead[],
  options: RemoveOptions,
  signal: AbortSignal,
): Promise<Removed> {
  const { read, rest } = await readBatch(due, options, signal);
  const gone: StoredSecret[] = [];
  const needed: SecretHead[] = [];
  try {
    for (const [namespace, secrets] of Map.groupBy(read, ({ head }) => head.namespace)) {
      const places = await neededPlaces(options.api, [namespace], signal);
      const [used, unused] = parted(secrets, ({ secret }) => places.has(placeOf(secret)));
      needed.push(...used.map(({ head }) => head));
      for (const { secret } of unused) await remove(secret, { ...options, gone }, signal);
    }
  } finally {
    // Also after a failure in the middle: what is gone by then must be watched all the same.
    if (signal.aborted) await putBack(gone.splice(0), options);
    else await watchRemoved(gone, options, signal);
  }
  for (const _ of needed) options.metrics.swept('needed');
  return { deleted: gone.length, needed, rest };
}

interface Read {
  readonly head: SecretHead;
  readonly secret: StoredSecret;
}

async function readBatch(
  due: readonly SecretHead[],
  { api, key, metrics, batch = BATCH }: RemoveOptions,
  signal: AbortSignal,
): Promise<{ readonly read: readonly Read[]; readonly rest: readonly SecretHead[] }> {
  const read: Read[] = [];
  let bytes = 0;
  let next = 0;
  for (; next < due.length && read.length < batch.count && bytes < batch.bytes; next += 1) {
    const head = due[next];
    const secret = head && (await api.secret(head.namespace, head.name, signal));
    if (head === undefined || secret === undefined) continue;
    if (
      secret.uid !== head.uid ||
      !isOurs(secret, key) ||
      secret.metadata['deletionTimestamp'] !== undefined
    ) {
      metrics.swept('changed');
      continue;
    }
    bytes += [...secret.data.values()].reduce((sum, { size }) => sum + size, 0);
    read.push({ head, secret });
  }
  return { read, rest: due.slice(next) };
}

function parted<T>(all: readonly T[], belongs: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

async function remove(
  secret: StoredSecret,
  { api, metrics, gone }: RemoveOptions & { readonly gone: StoredSecret[] },
  signal: AbortSignal,
): Promise<void> {
  // Before the answer: a request whose answer is lost may have been carried out.
  gone.push(secret);
  const outcome = await api.deleteSecret(secret, signal);
  metrics.swept(outcome === 'done' ? 'deleted' : 'changed');
  if (outcome === 'conflict') gone.pop();
}
