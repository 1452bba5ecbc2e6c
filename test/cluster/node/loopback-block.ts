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

/** Of the second octet; below 96, where clusters without a node have their Services. */
const FIRST = 64;
const COUNT = 32;
const PODS_BEHIND = 64;
/** On the node's address; it tells other clusters that the block is taken. */
const CLAIM_PORT = 10255;
const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'the stand-in node needs Linux, where all addresses of 127.0.0.0/8 are local',
  EACCES:
    'port 443 of loopback addresses is needed, for the ClusterIPs of Services: run this as root, or allow it to everybody with: ' +
    'sudo sysctl net.ipv4.ip_unprivileged_port_start=443',
};

/**
 * Takes a block that no other cluster of this machine has.
 * @throws Error where addresses of 127.0.0.0/8 besides 127.0.0.1 are not local, or where this process may not listen on their port 443
 */
export async function claimBlock(): Promise<LoopbackBlock> {
  const first = Math.floor(Math.random() * COUNT);
  for (let tried = 0; tried < COUNT; tried += 1) {
    const services = FIRST + ((first + tried) % COUNT);
    const pods = services + PODS_BEHIND;
    const nodeIP = `127.${String(pods)}.0.1`;
    const apiServerIP = `127.${String(services)}.0.1`;
    const release = await listen(nodeIP, CLAIM_PORT);
    if (release === undefined) continue;
    // Before anything is built: whoever may not listen there is told at once.
    const free = await listen(apiServerIP, 443);
    if (free === undefined) {
      await release();
      continue;
    }
    await free();
    return {
      serviceRange: `127.${String(services)}.0.0/16`,
      apiServerIP,
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

/** @returns what ends it; undefined where somebody listens there */
async function listen(address: string, port: number): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return undefined;
    throw new Error(PROBLEMS[code] ?? `cannot listen on ${address}:${String(port)} (${code})`, {
      cause: error,
    });
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}
