import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Log } from '../telemetry/log.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 15_000;

/** Asks the API server until it answers: resolves to true then, to false when the signal aborts first. Never rejects. */
export async function awaitKubernetes(
  kubernetes: Pick<Kubernetes, 'version'>,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    try {
      const { major, minor } = await kubernetes.version(signal);
      log.info({ version: `${String(major)}.${String(minor)}` }, 'the API server answers');
      return true;
    } catch (error) {
      log.warn({ err: error instanceof Error ? error : undefined }, 'the API server cannot be reached yet');
    }
    await pauseFor(pause, signal);
  }
  return false;
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch {
    // The signal ends the pause, and the caller looks at it.
  }
}
