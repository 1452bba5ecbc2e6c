import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until something is true; for what happens beside an answer. Throws after five seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await sleep(10);
  }
}
