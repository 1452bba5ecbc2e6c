// A Service and, as there is no kube-proxy, a listener on its ClusterIP that leads to a process. Cluster IPs of the test
// cluster are loopback addresses, so anyone may listen there.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import type { Api } from './api.ts';

export interface ServiceListener {
  /** Of the Service. */
  readonly port: number;
  close(): Promise<void>;
}

/** The release's Service. Port 443, as in the chart, needs root on the ClusterIP; others take 8443. */
export async function startService(api: Api, release: string, url: string): Promise<ServiceListener> {
  const port = process.getuid?.() === 0 ? 443 : 8443;
  const { spec } = await api.create(`/api/v1/namespaces/${release}/services`, {
    metadata: { name: release },
    spec: { selector: { app: 'latchkey' }, ports: [{ port, targetPort: 8443 }] },
  });
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(port, spec.clusterIP);
  await once(server, 'listening');
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
