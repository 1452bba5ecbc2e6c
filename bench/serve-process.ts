// The shipped program: `latchkey serve` from dist/. Its log goes to a file, as it would go to the container runtime, and not
// through the process that makes the load.

import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopChild } from './child.ts';
import { PROGRAM, REGION } from './constants.ts';
import type { Doubles } from './doubles-process.ts';
import type { Target } from './target.ts';
import type { Workspace } from './workspace.ts';

export interface ServeProcess extends Target {
  /** From the start of the process to `/readyz` answering 200. */
  readonly readyMs: number;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
}

export interface ServeOptions {
  readonly flags?: readonly string[];
  /** For Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** How often a starting process is looked at: what a start's measurement is exact to. */
const POLL_MS = 2;
let started = 0;

export async function startServe(
  { directory, certificate, key, installationKey, ca }: Workspace,
  { kubeconfig, awsUrl }: Pick<Doubles, 'kubeconfig' | 'awsUrl'>,
  { flags = [], nodeFlags = [] }: ServeOptions = {},
): Promise<ServeProcess> {
  started += 1;
  const logFile = join(directory, `serve-${started}.log`);
  const log = openSync(logFile, 'w');
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[...nodeFlags, PROGRAM, 'serve', '--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'],
      ...['--tls-cert', certificate, '--tls-key', key, '--key-file', installationKey],
      ...['--kubeconfig', kubeconfig, '--aws-endpoint-url', awsUrl, '--region', REGION],
      ...['--shutdown-delay', '0s', ...flags],
    ],
    { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const read = (): string => readFileSync(logFile, 'utf8');
  const alive = (): void => {
    if (child.exitCode !== null) throw new Error(`latchkey serve ended with ${child.exitCode}:\n${read()}`);
  };
  const { url, health } = await listening(read, alive);
  await ready(health, alive);
  return {
    url,
    ca,
    pid: child.pid ?? 0,
    readyMs: performance.now() - startedAt,
    metrics: async () => (await fetch(`${health}/metrics`)).text(),
    stop: () => stopChild(child),
  };
}

async function listening(read: () => string, alive: () => void): Promise<{ url: string; health: string }> {
  for (;;) {
    const urls = /"listen":"(https:[^"]+)","health":"(http:[^"]+)"/.exec(read());
    if (urls?.[1] !== undefined && urls[2] !== undefined) return { url: urls[1], health: urls[2] };
    alive();
    await sleep(POLL_MS);
  }
}

async function ready(health: string, alive: () => void): Promise<void> {
  for (;;) {
    const answer = await fetch(`${health}/readyz`);
    await answer.arrayBuffer();
    if (answer.status === 200) return;
    alive();
    await sleep(POLL_MS);
  }
}
