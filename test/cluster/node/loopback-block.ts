// Addresses on loopback for one cluster: for its Services and for its pods, beside those of other clusters that run on this
// machine at the same time.

import { once } from 'node:events';
import { createServer } from 'node:net';

export interface LoopbackBlock {
  /** CIDR of ClusterIPs: whoever listens on one is the Service. */
  readonly serviceRange: string;
  /** The first ClusterIP, which is that of the Service `kubernetes`. */
  readonly apiServerIP: string;
  /** The node's own address. */
  readonly nodeIP: string;
  /** The address of the n-th pod, counted from 0, as its status has it. */
  podIP(index: number): string;
  /** Gives the addresses back to other clusters. */
  release(): Promise<void>;
}

const FIRST = 64;
const COUNT = 60;
const PODS_BEHIND = 64;
/** On the node's address; it tells other clusters that the block is taken. */
const CLAIM_PORT = 10255;
const NOT_FREE = new Set(['EADDRINUSE']);

/**
 * Takes a block that no other cluster of this machine has.
 * @throws Error where addresses of 127.0.0.0/8 besides 127.0.0.1 are not local (not on Linux)
 */
export async function claimBlock(): Promise<LoopbackBlock> {
  const first = Math.floor(Math.random() * COUNT);
  for (let tried = 0; tried < COUNT; tried += 1) {
    const services = FIRST + ((first + tried) % COUNT);
    const pods = services + PODS_BEHIND;
    const nodeIP = `127.${String(pods)}.0.1`;
    const release = await claim(nodeIP);
    if (release === undefined) continue;
    return {
      serviceRange: `127.${String(services)}.0.0/16`,
      apiServerIP: `127.${String(services)}.0.1`,
      nodeIP,
      podIP: (index) => `10.${String(pods)}.${String(1 + (index >> 8))}.${String(index & 255)}`,
      release,
    };
  }
  throw new Error('all blocks of loopback addresses are taken');
}

/**
 * Where a pod really listens. An EndpointSlice may not name a loopback address, so the pod network is announced as 10.x.y.z; on this
 * machine it is 127.x.y.z, which needs no privileges.
 */
export function localAddress(podIP: string): string {
  return podIP.replace(/^10\./, '127.');
}

async function claim(address: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(CLAIM_PORT, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (NOT_FREE.has(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw new Error(`${address} is no local address: the stand-in node needs Linux`, { cause: error });
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}
