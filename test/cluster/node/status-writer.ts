// Writes a pod's status whenever it is another one: one write at a time, the last state last.

import type { Api, Json } from '../support/api.ts';
import { podStatus, type ContainerState } from './pod-status.ts';

export interface StatusWriterOptions {
  readonly api: Api;
  readonly pod: Json;
  readonly podIP: string;
  readonly hostIP: string;
}

interface HasState {
  readonly state: () => ContainerState;
}

export interface StatusWriter {
  begin(containers: { readonly init: readonly HasState[]; readonly main: readonly HasState[] }): void;
  changed(): void;
  /** Resolves when everything so far is written. */
  settled(): Promise<void>;
  stop(): void;
}

/** Merges lists by their keys: conditions that others write stay. */
const STRATEGIC = 'application/strategic-merge-patch+json';

export function createStatusWriter({ api, pod, podIP, hostIP }: StatusWriterOptions): StatusWriter {
  const { namespace, name, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  const startTime = new Date().toISOString();
  let containers: Parameters<StatusWriter['begin']>[0] = { init: [], main: [] };
  let last: Json = pod;
  let written = '';
  let writing: Promise<void> = Promise.resolve();
  let stopped = false;

  async function write(): Promise<void> {
    const state = {
      ...{ podIP, hostIP, startTime },
      init: containers.init.map((each) => each.state()),
      containers: containers.main.map((each) => each.state()),
    };
    const status = podStatus(last, state, new Date().toISOString());
    const text = JSON.stringify(status);
    if (stopped || text === written) return;
    const { body, status: code } = await api.send('PATCH', path, { metadata: { uid }, status }, STRATEGIC);
    if (code !== 200) return;
    [written, last] = [text, body];
  }

  function changed(): void {
    writing = writing.then(write).catch(() => {});
  }

  return {
    begin(given) {
      containers = given;
      changed();
    },
    changed,
    settled: () => writing,
    stop() {
      stopped = true;
    },
  };
}
