// One pod on the stand-in node, from its binding to its end.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Json } from '../support/api.ts';
import { superviseContainer, type Supervised } from './supervise-container.ts';
import type { Program } from './images.ts';
import { localAddress } from './loopback-block.ts';
import { createStatusWriter } from './status-writer.ts';
import { tokensOf } from './service-account-token.ts';
import { NotMountable, volumeContent } from './volume-content.ts';
import { writeVolume } from './volume-files.ts';

export interface PodWorkerOptions {
  readonly api: Api;
  readonly pod: Json;
  readonly podIP: string;
  readonly hostIP: string;
  readonly apiServerIP: string;
  /** For its volumes; made, and removed at its end. */
  readonly directory: string;
  readonly image: Program;
}

export interface PodWorker {
  /** The pod as the API server has it now. */
  update(pod: Json): void;
  /** The text of a container's log so far, and what follows. Undefined where there is no such container. */
  log(container: string): Supervised['log'] | undefined;
  /** Kills everything, without waiting for anything and without a word to the API server. */
  kill(): void;
  /** The same, and clears up. */
  close(): Promise<void>;
}

const MOUNT_AGAIN_MS = 500;
/** A kubelet takes up to a minute and a half. */
const REFRESH_MS = 2_000;

export function startPod(options: PodWorkerOptions): PodWorker {
  const { api, pod, podIP, directory } = options;
  const { namespace, name, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const over = new AbortController();
  const { signal } = over;
  const tokens = tokensOf(api, pod);
  const volumes: readonly Json[] = pod.spec.volumes ?? [];
  const status = createStatusWriter(options);
  const volumeDirectory = (volume: string) => join(directory, 'volumes', volume);
  const supervise = (container: Json, isInit: boolean): Supervised =>
    superviseContainer({
      ...options,
      container,
      isInit,
      volumeDirectory,
      address: localAddress(podIP),
      signal,
      changed: status.changed,
    });
  const init = (pod.spec.initContainers ?? []).map((container: Json) => supervise(container, true));
  const main = pod.spec.containers.map((container: Json) => supervise(container, false));
  const all: readonly Supervised[] = [...init, ...main];
  let ending: Promise<void> | undefined;

  async function mount(): Promise<void> {
    for (const volume of volumes) {
      const content = await volumeContent(volume, { api, pod, tokens });
      if (content === undefined) await mkdir(volumeDirectory(volume.name), { recursive: true });
      else await writeVolume(volumeDirectory(volume.name), content);
    }
  }

  /** Until everything is there, or the pod ends. */
  async function mountAll(): Promise<void> {
    while (!signal.aborted) {
      try {
        await mount();
        return;
      } catch (error) {
        if (!(error instanceof NotMountable)) report(error);
        await pause(MOUNT_AGAIN_MS);
      }
    }
  }

  async function keepFresh(): Promise<void> {
    while (!signal.aborted) {
      await pause(REFRESH_MS);
      // What is gone meanwhile stays as it was.
      if (!signal.aborted) await mount().catch(() => {});
    }
  }

  async function run(): Promise<void> {
    status.begin({ init, main });
    await mountAll();
    for (const container of init) if (!signal.aborted) await container.begun();
    if (signal.aborted) return;
    void keepFresh();
    for (const container of main) container.start();
  }

  async function end(graceSeconds: number): Promise<void> {
    over.abort();
    await Promise.all(all.map((container) => container.stop(graceSeconds * 1000)));
    await status.settled();
    await api.send('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
    await rm(directory, { recursive: true, force: true });
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => {});
  }

  function report(error: unknown): void {
    if (!signal.aborted) console.error(`stand-in node: ${namespace}/${name}:`, error);
  }

  run().catch(report);
  return {
    update({ metadata }) {
      if (metadata.deletionTimestamp === undefined) return;
      ending ??= end(metadata.deletionGracePeriodSeconds ?? 0).catch(report);
    },
    log: (container) => all.find((each) => each.name === container)?.log,
    kill() {
      over.abort();
      status.stop();
      for (const container of all) container.kill();
    },
    async close() {
      over.abort();
      status.stop();
      await Promise.all(all.map((container) => container.stop(0)));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
