// Stands for kube-proxy: cluster IPs of the test cluster are loopback addresses, so anyone may listen there.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { joinSockets } from './join-sockets.ts';

export interface Listener {
  close(): Promise<void>;
}

/** Leads connections to what is there at the moment; where nothing is, they are closed at once. */
export async function listenAt(
  { host, port }: { readonly host: string; readonly port: number },
  target: () => string | undefined,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const url = target();
    if (url === undefined) incoming.destroy();
    else joinSockets(incoming, connect(Number(new URL(url).port), '127.0.0.1'), sockets);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
