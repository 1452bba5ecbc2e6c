// Connections led on to another place, with everything that happens to them.

import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Backend {
  readonly host: string;
  readonly port: number;
}

/** A server that leads each connection to what `target` gives at that moment; it closes the connection where it gives nothing. */
export function relayTo(target: () => Backend | undefined): Server {
  return createServer({ allowHalfOpen: true }, (incoming) => {
    const backend = target();
    if (backend === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ ...backend, allowHalfOpen: true });
    join(incoming, outgoing);
    join(outgoing, incoming);
  });
}

/** Everything from one end to the other, its end and its failure too. */
function join(from: Socket, to: Socket): void {
  from.setNoDelay(true);
  from.pipe(to);
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => {
    if (!from.readableEnded) to.destroy();
  });
}
