import type { SecretHead } from '../kubernetes/controller-api.ts';
import { managedSecrets, neededPlaces } from './managed-secrets.ts';
import type { Batch } from './remove-secrets.ts';
import { placeOf } from './secret-users.ts';
import { createSweeper, type SweeperOptions } from './sweeper.ts';

export interface SweptOut {
  /** Pods need them. */
  readonly needed: readonly SecretHead[];
  /** Nobody needs them, and they could not be removed. */
  readonly left: readonly SecretHead[];
}

/** A Secret is left alone for 37 s after it was made: its pod may be on its way. */
const BETWEEN_ROUNDS_MS = 5_000;
const ROUNDS = 12;
/** Each batch is watched for a minute, and helm waits for five. Half of the memory that the chart gives the job. */
const BATCH: Batch = { bytes: 128 * 1024 * 1024, count: 20_000 };

/**
 * Removes every managed Secret that no pod needs, however short the time is for which none has: for an installation that ends. Takes
 * seconds where there is none, up to two minutes otherwise.
 * @throws LatchkeyError LK-KUBERNETES
 */
export async function sweepOut(
  options: Omit<SweeperOptions, 'afterMs'>,
  key: Uint8Array,
  signal: AbortSignal,
): Promise<SweptOut> {
  const { api, namespaces, pause } = options;
  const sweep = createSweeper({ batch: BATCH, ...options, afterMs: 0 });

  async function look(): Promise<SweptOut> {
    const managed = [...(await managedSecrets(api, { namespaces, key }, signal)).values()];
    const places = await neededPlaces(api, namespaces, signal);
    const isNeeded = (head: SecretHead): boolean => places.has(placeOf(head));
    return { needed: managed.filter(isNeeded), left: managed.filter((head) => !isNeeded(head)) };
  }

  for (let round = 1; ; round += 1) {
    await sweep(key, signal);
    const found = await look();
    if (found.left.length === 0 || round === ROUNDS || signal.aborted) return found;
    await pause(BETWEEN_ROUNDS_MS, signal);
  }
}
