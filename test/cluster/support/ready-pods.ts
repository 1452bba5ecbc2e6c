// Pods of a namespace become ready, as a kubelet makes them: the test cluster has none, and a roll-out waits for it.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Json } from './api.ts';

/** Says of every pod of the namespace that it runs, until it is stopped. */
export function keepPodsReady(api: Api, core: string): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const end = sayReady(api, core, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await end;
    },
  };
}

async function sayReady(api: Api, core: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pods = await api.list(`${core}/pods`);
    for (const pod of pods.filter((each) => !runs(each))) {
      const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
      // It may be gone by now.
      await api.send('PATCH', `${core}/pods/${pod.metadata.name}/status`, { status }, MERGE);
    }
    await sleep(100);
  }
}

const MERGE = 'application/merge-patch+json';

function runs({ status }: Json): boolean {
  return status?.phase === 'Running';
}
