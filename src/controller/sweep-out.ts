import type { SecretHead } from '../kubernetes/controller-api.ts';
import { managedSecrets, neededPlaces } from './managed-secrets.ts';
import type { Batch } from './remove-secrets.ts';
import { placeOf } from './secret-users.ts';
import { createSweeper, youngForMs, type SweeperOptions } from './sweeper.ts';

export interface SweptOut {
  /** Pods need them. */
  readonly needed: readonly SecretHead[];
  /** Nobody needs them, and they could not be removed. */
  readonly left: readonly SecretHead[];
}

/** What is made meanwhile needs another. */
const ROUNDS = 3;
/** Each batch is watched for a minute, and helm waits for five. Half of the memory that the chart gives the job. */
const BATCH: Batch = { bytes: 128 * 1024 * 1024, count: 20_000 };

/**
 * Removes every managed Secret that no pod needs, however short the time is for which none has: for an installation that ends. Takes
 * seconds where there is none, and one to two minutes otherwise.
 * @throws LatchkeyError LK-KUBERNETES
 */
export async function sweepOut(
  options: Omit<SweeperOptions, 'afterMs'>,
  key: Uint8Array,
  signal: AbortSignal,
): Promise<SweptOut> {
  const { api, namespaces, excluded, clock, pause } = options;
  const sweep = createSweeper({ batch: BATCH, ...options, afterMs: 0 });

  async function look(): Promise<SweptOut> {
    const managed = [...(await managedSecrets(api, { namespaces, excluded, key }, signal)).values()];
    const places = await neededPlaces(api, namespaces, signal);
    const isNeeded = (head: SecretHead): boolean => places.has(placeOf(head));
    return { needed: managed.filter(isNeeded), left: managed.filter((head) => !isNeeded(head)) };
  }

  let found = await look();
  for (let round = 0; found.left.length > 0 && round < ROUNDS && !signal.aborted; round += 1) {
    const serverMs = clock.wall() - (api.clockAheadMs() ?? 0);
    // All in one batch: each is watched for a minute.
    await pause(Math.max(0, ...found.left.map((head) => youngForMs(head, serverMs))), signal);
    await sweep(key, signal);
    found = await look();
  }
  return found;
}
