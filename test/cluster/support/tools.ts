// helm and kubectl of the test cluster, as people type them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs a program to its end, whatever it says. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = process.env, input = '', ...rest } = options;
  const child = spawn(file, args, { ...rest, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // It may end without reading.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** Runs a program that must succeed; what it printed on both streams. */
export async function mustRun(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}: exit code ${String(code)}\n${stdout}${stderr}`);
  return stdout + stderr;
}
