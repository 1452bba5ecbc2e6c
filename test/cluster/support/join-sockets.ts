import type { Socket } from 'node:net';

/** Leads each to the other until one of them ends. `sockets` holds them while they are open. */
export function joinSockets(incoming: Socket, outgoing: Socket, sockets: Set<Socket>): void {
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
}
