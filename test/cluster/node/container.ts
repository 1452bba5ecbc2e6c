// One run of a container: a process, its log, its probes.

import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Json } from '../support/api.ts';
import type { ContainerLog } from './container-log.ts';
import { commandOf, type Program } from './images.ts';
import { keepProbing } from './probe.ts';
import { SANDBOX_VARIABLE, translation, type Sandbox } from './sandbox.ts';

export interface RunOptions {
  readonly container: Json;
  readonly image: Program;
  readonly env: Readonly<Record<string, string>>;
  readonly sandbox: Sandbox;
  readonly log: ContainerLog;
  /** What its status says: started (the startup probe), ready (the readiness probe). */
  readonly changed: (now: { readonly started: boolean; readonly ready: boolean }) => void;
}

export interface Run {
  /** Resolves when the process has ended; 128 + n after signal n, as a shell counts. */
  readonly exit: Promise<number>;
  /** SIGTERM, and SIGKILL after the grace. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGKILL: 9, SIGINT: 2 };
/** A kubelet looks once a second which containers run. */
const SEEN_MS = 500;
/** A container that its liveness or startup probe gave up gets the pod's grace; no probe of ours is ever that patient. */
const PROBE_KILL_MS = 30_000;

/** Undefined where the node has not the image. */
export function runContainer(options: RunOptions): Run | undefined {
  const { container, env, sandbox, log } = options;
  const command = commandOf(container, options.image);
  if (command === undefined) return undefined;
  const child = spawn(command.file, command.args, {
    // Its own group: what it started ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      ...command.env,
      ...translated(env, sandbox),
      ...(command.sandboxed ? { [SANDBOX_VARIABLE]: JSON.stringify(sandbox) } : {}),
    },
  });
  child.stdout.on('data', log.write);
  child.stderr.on('data', log.write);
  const killGroup = () => kill(child, 'SIGKILL');
  const over = new AbortController();
  const exit = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      log.write(Buffer.from(`${error.message}\n`));
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0)));
  }).finally(() => {
    over.abort();
    killGroup();
  });

  async function stop(graceMs: number): Promise<void> {
    child.kill('SIGTERM');
    const timer = setTimeout(killGroup, graceMs);
    await exit;
    clearTimeout(timer);
  }
  void sleep(SEEN_MS, undefined, { signal: over.signal }).then(
    () => probe(options, { signal: over.signal, restart: () => void stop(PROBE_KILL_MS) }),
    () => {},
  );
  return { exit, stop, kill: killGroup };
}

/** Node itself reads this file, not through the functions that a sandbox replaces. */
function translated(
  env: Readonly<Record<string, string>>,
  sandbox: Sandbox,
): Readonly<Record<string, string>> {
  const { NODE_EXTRA_CA_CERTS: file } = env;
  return file === undefined ? env : { ...env, NODE_EXTRA_CA_CERTS: translation(sandbox)(file) };
}

async function probe(
  { container, sandbox, changed }: RunOptions,
  { signal, restart }: { readonly signal: AbortSignal; readonly restart: () => void },
): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const common = { container, address: sandbox.address };
  if (startupProbe !== undefined) {
    const begun = new AbortController();
    const either = AbortSignal.any([signal, begun.signal]);
    const concluded = (success: boolean) => (success ? begun.abort() : restart());
    await keepProbing({ ...common, probe: startupProbe, initially: false, concluded }, either);
    if (signal.aborted) return;
  }
  changed({ started: true, ready: readinessProbe === undefined });
  const tasks: Promise<void>[] = [];
  if (readinessProbe !== undefined) {
    const concluded = (ready: boolean) => changed({ started: true, ready });
    tasks.push(keepProbing({ ...common, probe: readinessProbe, initially: false, concluded }, signal));
  }
  if (livenessProbe !== undefined) {
    const concluded = (success: boolean) => {
      if (!success) restart();
    };
    tasks.push(keepProbing({ ...common, probe: livenessProbe, initially: true, concluded }, signal));
  }
  await Promise.all(tasks);
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}
