// moto, an AWS that no one here wrote: found, started on a free port, and stopped.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { findMoto } from './moto-program.ts';

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

/** moto imports much before it listens; on a busy machine that takes a while. */
const START_MS = 60_000;
const PAUSE_MS = 100;

/** Starts moto_server on loopback. Throws with a remedy when it is not installed or does not start. */
export async function startMoto(): Promise<Moto> {
  const program = findMoto();
  if (program === undefined) throw new Error('moto is not installed: run node test/aws/install-moto.ts');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  child.on('error', () => {});
  if (await answers(url, child)) return { url, stop: () => stop(child) };
  await stop(child);
  throw new Error(`moto did not start: try ${program}`);
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && child.pid !== undefined && child.exitCode === null) {
    const response = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
