// A container over all its runs: started, started again after a pause, as its pod's restart policy says.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Json } from '../support/api.ts';
import { containerEnv, NotConfigurable } from './container-env.ts';
import { createContainerLog, type ContainerLog } from './container-log.ts';
import { runContainer, type Run } from './container.ts';
import { containerMounts } from './container-mounts.ts';
import type { Program } from './images.ts';
import type { ContainerState } from './pod-status.ts';

export interface SuperviseOptions {
  readonly api: Api;
  readonly pod: Json;
  readonly podIP: string;
  readonly hostIP: string;
  readonly apiServerIP: string;
  /** Of the pod. */
  readonly directory: string;
  readonly image: Program;
  readonly container: Json;
  readonly isInit: boolean;
  readonly volumeDirectory: (name: string) => string;
  /** Where it listens. */
  readonly address: string;
  /** Aborts when the pod ends: nothing is started again. */
  readonly signal: AbortSignal;
  readonly changed: () => void;
}

export interface Supervised {
  readonly name: string;
  readonly log: ContainerLog;
  state(): ContainerState;
  start(): void;
  /** Starts it; resolves when the next container may start: it has succeeded or, as a sidecar, has started. */
  begun(): Promise<void>;
  stop(graceMs: number): Promise<void>;
  /** SIGKILL, without waiting for anything. */
  kill(): void;
}

const CONFIG_AGAIN_MS = 500;
/** Shorter than a kubelet's 10 s to 5 min, so that tests need not wait. */
const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 20_000;

export function superviseContainer(options: SuperviseOptions): Supervised {
  const { container, isInit, pod, signal, changed } = options;
  const { name, image } = container;
  const log = createContainerLog();
  const succeeded = Promise.withResolvers<void>();
  const isSidecar = isInit && container.restartPolicy === 'Always';
  const policy = isSidecar
    ? 'Always'
    : isInit && pod.spec.restartPolicy === 'Always'
      ? 'OnFailure'
      : pod.spec.restartPolicy;
  let [state, lastState]: Json[] = [waiting('ContainerCreating'), {}];
  let probed = { started: false, ready: false };
  let restarts = 0;
  let running: Run | undefined;

  function become(next: Json, now = { started: false, ready: false }): void {
    [state, probed] = [next, now];
    changed();
  }

  async function keepRunning(): Promise<void> {
    for (
      let backOff = FIRST_BACK_OFF_MS;
      !signal.aborted;
      backOff = Math.min(backOff * 2, LONGEST_BACK_OFF_MS)
    ) {
      const exitCode = await runOnce();
      if (exitCode === undefined) return;
      if (exitCode === 0) succeeded.resolve();
      if (signal.aborted || policy === 'Never' || (exitCode === 0 && policy === 'OnFailure')) return;
      lastState = state;
      restarts += 1;
      become(waiting('CrashLoopBackOff'));
      await pause(backOff);
    }
  }

  /** @returns the exit code; undefined when it never ran */
  async function runOnce(): Promise<number | undefined> {
    const env = await environment();
    const mounts = await containerMounts(options);
    if (env === undefined || signal.aborted) return undefined;
    const sandbox = { mounts: mounts.all, address: options.address, hostname: pod.metadata.name };
    const startedAt = new Date().toISOString();
    log.clear();
    running = runContainer({
      ...{ container, image: options.image, env, sandbox, log },
      changed: (now) => {
        if (isSidecar && now.started) succeeded.resolve();
        become(state, now);
      },
    });
    if (running === undefined) {
      become(waiting('ErrImagePull', `the stand-in node has no image ${image}`));
      return undefined;
    }
    become({ running: { startedAt } });
    const exitCode = await running.exit;
    running = undefined;
    const message = await mounts.terminationMessage();
    const finishedAt = new Date().toISOString();
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    become({
      terminated: { exitCode, reason, startedAt, finishedAt, ...(message === '' ? {} : { message }) },
    });
    return exitCode;
  }

  /** Undefined when the pod ends before everything is there. */
  async function environment(): Promise<Readonly<Record<string, string>> | undefined> {
    while (!signal.aborted) {
      try {
        const status = { podIP: options.podIP, hostIP: options.hostIP };
        return await containerEnv(container, { ...options, pod: { ...pod, status } });
      } catch (error) {
        if (!(error instanceof NotConfigurable)) throw error;
        become(waiting('CreateContainerConfigError', error.message));
        await pause(CONFIG_AGAIN_MS);
      }
    }
    return undefined;
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => {});
  }

  function start(): void {
    keepRunning().catch((error: unknown) => {
      console.error(`stand-in node: container ${name} of ${pod.metadata.name}:`, error);
    });
  }

  return {
    name,
    log,
    start,
    state: () => ({ name, image, state, lastState, restarts, ...probed }),
    async begun() {
      start();
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([succeeded.promise, ended]);
    },
    async stop(graceMs) {
      await running?.stop(graceMs);
    },
    kill() {
      running?.kill();
    },
  };
}

function waiting(reason: string, message?: string): Json {
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
}
