import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until something is true; for what happens beside an answer. Throws after five seconds, or `limitMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 5_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await sleep(10);
  }
}
