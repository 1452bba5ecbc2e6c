import { setTimeout as sleep } from 'node:timers/promises';

const AGAIN_MS = 1_000;

/** What a command that restarts a roll-out gives; once more where it came too soon: kubectl restarts nothing twice within a second. */
export async function restarted<T>(restart: () => Promise<T>): Promise<T> {
  try {
    return await restart();
  } catch (error) {
    if (!String(error).includes('within the past second')) throw error;
  }
  await sleep(AGAIN_MS);
  return await restart();
}
