import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;

/** Polls until something is true; for what controllers do in their own time. Throws after a minute, or `limitMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = LIMIT_MS,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await sleep(50);
  }
}
