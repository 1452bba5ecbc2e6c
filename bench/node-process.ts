import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

type Variables = Readonly<Record<string, string>>;

/** Runs Node with nothing in its environment but these variables; from the start of the process to its exit, in ms. */
export async function runNode(args: readonly string[], env: Variables = {}): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit').then(([code]) => ({
    code: code as number | null,
    at: performance.now(),
  }));
  const [{ code, at }, errors] = await Promise.all([exited, text(child.stderr)]);
  if (code !== 0)
    throw new Error(`node ${args.slice(0, 2).join(' ')} ended with ${String(code)}:\n${errors}`);
  return at - startedAt;
}

/** What every Node program pays before its first line. */
export function timeOfNothing(): Promise<number> {
  return runNode(['-e', '0']);
}

/** The most that a run had resident, in bytes, as it says itself when it ends. */
export async function peakBytes(directory: string, args: readonly string[], env: Variables): Promise<number> {
  const file = join(directory, 'peak');
  await runNode(['--require', join(import.meta.dirname, 'report-peak.cjs'), ...args], {
    ...env,
    BENCH_PEAK_FILE: file,
  });
  return Number(await readFile(file, 'utf8'));
}
