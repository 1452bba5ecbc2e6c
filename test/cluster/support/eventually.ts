import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;

/** Polls until something is true; for what controllers do in their own time. Throws after a minute. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await sleep(50);
  }
}
