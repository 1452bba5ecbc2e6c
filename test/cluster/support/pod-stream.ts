// Pods that ask for a secret, created one after another without an end: whoever fails one is seen.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';
import { secretsOf } from './objects.ts';

export interface PodStream {
  /** How many were admitted so far. */
  admitted(): number;
  /** What the API server said to those that were not, or came without their Secret. */
  readonly failures: readonly string[];
  /** Resolves when this many more have been answered. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

const PAUSE_MS = 50;

/** Pods of a namespace, none of which any node takes; each is deleted again at once. */
export function startPodStream(api: Api, namespace: string, metadata: Json): PodStream {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const failures: string[] = [];
  const stop = new AbortController();
  let answered = 0;

  async function createOne(): Promise<void> {
    const spec = {
      serviceAccountName: 'app',
      nodeSelector: { nobody: 'has' },
      containers: [{ name: 'app', image: 'app' }],
    };
    const { status, body } = await api.send('POST', path, {
      metadata: { generateName: 'stream-', ...metadata },
      spec,
    });
    if (status !== 201) failures.push(`${String(status)} ${String(body.message)}`);
    else if (secretsOf(body).length !== 1) failures.push(`${body.metadata.name} carries no Secret`);
    if (status === 201) await api.remove(`${path}/${body.metadata.name}`);
    answered += 1;
  }

  const running = (async () => {
    while (!stop.signal.aborted) {
      await createOne().catch((error: unknown) => failures.push(String(error)));
      await sleep(PAUSE_MS);
    }
  })();
  return {
    admitted: () => answered - failures.length,
    failures,
    async more(count) {
      const wanted = answered + count;
      await eventually(() => answered >= wanted, `${String(count)} more pods`);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}
