// A Service and, as there is no kube-proxy, a listener on its ClusterIP that leads to processes. Cluster IPs of the test
// cluster are loopback addresses, so anyone may listen there.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Api } from './api.ts';
import { joinSockets } from './join-sockets.ts';

/** Where a process takes calls, and where it says whether it does. */
export interface Backend {
  readonly url: string;
  readonly healthUrl: string;
}

export interface ServiceListener {
  /** Its ClusterIP. */
  readonly host: string;
  /** To which of them new connections go. */
  ready(): readonly Backend[];
  close(): Promise<void>;
}

/** As in the chart; without root nobody listens there. */
export const SERVICE_PORT = process.getuid?.() === 0 ? 443 : 8443;

const PROBE_EVERY_MS = 200;

/**
 * The release's Service. As with endpoints, new connections go to those that are ready, one after the other, and connections
 * stay where they are.
 * @param backends those that there are at the moment
 */
export async function startService(
  api: Api,
  release: string,
  backends: () => readonly Backend[],
): Promise<ServiceListener> {
  const { spec } = await api.create(`/api/v1/namespaces/${release}/services`, {
    metadata: { name: release },
    spec: { selector: { app: release }, ports: [{ port: SERVICE_PORT, targetPort: 8443 }] },
  });
  const aborter = new AbortController();
  let ready: readonly Backend[] = await readyOnes(backends());
  const probing = probe();
  const sockets = new Set<Socket>();
  let turn = 0;

  async function probe(): Promise<void> {
    while (!aborter.signal.aborted) {
      ready = await readyOnes(backends());
      await sleep(PROBE_EVERY_MS);
    }
  }

  const server = createServer((incoming) => {
    const backend = ready[(turn += 1) % ready.length];
    // Nobody is ready: kube-proxy would refuse the connection.
    if (backend === undefined) incoming.destroy();
    else joinSockets(incoming, connect(Number(new URL(backend.url).port), '127.0.0.1'), sockets);
  });
  server.listen(SERVICE_PORT, spec.clusterIP);
  await once(server, 'listening');
  return {
    host: spec.clusterIP,
    ready: () => ready,
    async close() {
      aborter.abort();
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all([once(server, 'close'), probing]);
    },
  };
}

async function readyOnes(backends: readonly Backend[]): Promise<readonly Backend[]> {
  const answers = await Promise.all(
    backends.map(async ({ healthUrl }) => {
      const answer = await fetch(`${healthUrl}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    }),
  );
  return backends.filter((_, index) => answers[index] === true);
}
