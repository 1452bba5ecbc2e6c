// Stands in for kube-proxy: whoever connects to a Service's ClusterIP reaches one of its endpoints, as EndpointSlices have them.

import { once } from 'node:events';
import type { Server } from 'node:net';

import type { Api, Json } from '../support/api.ts';
import { localAddress } from './loopback-block.ts';
import { relayTo, type Backend } from './tcp-relay.ts';
import { watch } from './watch.ts';

export interface ServiceProxyOptions {
  readonly api: Api;
  readonly kubeconfig: string;
  /** ClusterIP of the Service `kubernetes`, which has no endpoints here. */
  readonly apiServerIP: string;
  readonly signal: AbortSignal;
}

interface Port {
  readonly server: Server;
  backends: readonly Backend[];
}

/** kube-proxies learn of an endpoint's end in their own time; meanwhile connections still go to it. */
const LATE_MS = 1_000;

/**
 * Listens on the ClusterIP and port of every Service that has an endpoint to lead to; a Service without one refuses connections,
 * as kube-proxy's do. Connections that exist stay when their endpoint goes. Ends with the signal.
 */
export async function startServiceProxy(options: ServiceProxyOptions): Promise<void> {
  const { api, apiServerIP, signal } = options;
  const services = new Map<string, Json>();
  const slices = new Map<string, Json>();
  const ports = new Map<string, Port>();
  const { hostname, port } = new URL(api.server);
  let due: NodeJS.Timeout | undefined;
  const own = { server: await listen(apiServerIP, 443, () => ({ host: hostname, port: Number(port) })) };

  /** What is new is there at once. */
  function change(): void {
    const wanted = wantedPorts([...services.values()], [...slices.values()]);
    for (const [address, backends] of wanted) {
      const known = ports.get(address);
      if (known === undefined) open(address, backends);
      else known.backends = [...known.backends, ...backends];
    }
    due ??= setTimeout(settle, LATE_MS);
  }

  function settle(): void {
    due = undefined;
    const wanted = wantedPorts([...services.values()], [...slices.values()]);
    for (const [address, { server }] of ports) {
      if (wanted.has(address)) continue;
      server.close();
      ports.delete(address);
    }
    for (const [address, backends] of wanted) {
      const known = ports.get(address);
      if (known !== undefined) known.backends = backends;
    }
  }

  function open(address: string, backends: readonly Backend[]): void {
    const [host = '', port = ''] = address.split(':');
    const entry: Port = { server: relayTo(() => pick(entry.backends)), backends };
    entry.server.on('error', (error) => {
      console.error(`service proxy: ${address}: ${error.message}`);
      ports.delete(address);
    });
    entry.server.listen(Number(port), host);
    ports.set(address, entry);
  }

  const keep = (objects: Map<string, Json>) => ({
    changed: (object: Json) => {
      objects.set(object.metadata.uid, object);
      change();
    },
    gone: (object: Json) => {
      objects.delete(object.metadata.uid);
      change();
    },
  });
  await watch({ ...options, path: '/api/v1/services', ...keep(services) });
  await watch({ ...options, path: '/apis/discovery.k8s.io/v1/endpointslices', ...keep(slices) });
  signal.addEventListener('abort', () => {
    clearTimeout(due);
    for (const { server } of [own, ...ports.values()]) server.close();
  });
}

/** By `ClusterIP:port`, where each leads to. Ports that lead nowhere are left out. */
export function wantedPorts(
  services: readonly Json[],
  slices: readonly Json[],
): ReadonlyMap<string, readonly Backend[]> {
  const wanted = new Map<string, readonly Backend[]>();
  for (const { metadata, spec } of services) {
    if (!String(spec.clusterIP).startsWith('127.')) continue;
    const own = slices.filter((slice) => belongs(slice, metadata));
    for (const port of spec.ports ?? []) {
      const backends = backendsOf(own, port.name ?? '');
      if (backends.length > 0) wanted.set(`${spec.clusterIP}:${String(port.port)}`, backends);
    }
  }
  return wanted;
}

function belongs(slice: Json, service: Json): boolean {
  return (
    slice.metadata.namespace === service.namespace &&
    slice.metadata.labels?.['kubernetes.io/service-name'] === service.name
  );
}

/** Ready endpoints; where there is none, those that end but still serve, as kube-proxy does it. */
function backendsOf(slices: readonly Json[], portName: string): readonly Backend[] {
  const all = slices.flatMap((slice) => {
    const port = (slice.ports ?? []).find(({ name }: Json) => (name ?? '') === portName);
    return (slice.endpoints ?? []).map((endpoint: Json) => ({ endpoint, port: port?.port as number }));
  });
  const named = all.filter(({ port }) => port !== undefined);
  const ready = named.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
  const ending = named.filter(
    ({ endpoint: { conditions } }) => conditions?.serving && conditions.terminating,
  );
  return (ready.length > 0 ? ready : ending).map(({ endpoint, port }) => ({
    host: localAddress(endpoint.addresses[0]),
    port,
  }));
}

function pick(backends: readonly Backend[]): Backend | undefined {
  return backends[Math.floor(Math.random() * backends.length)];
}

async function listen(host: string, port: number, target: () => Backend): Promise<Server> {
  const server = relayTo(target);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
