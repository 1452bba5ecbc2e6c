// A Service that the API server itself leads to, by `services/proxy`. It connects to no loopback address, so the process behind it
// is reached by an address of this machine that is none.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';

import { relayTo } from '../node/tcp-relay.ts';
import type { Api } from './api.ts';

export interface ProxiedService {
  readonly namespace: string;
  readonly name: string;
  /** Its name. */
  readonly port: string;
  /** Where it leads, at that moment; nowhere while it is undefined. */
  readonly target: () => string | undefined;
}

/** Gives an existing Service an endpoint, until somebody gives it a selector. @returns what ends it */
export async function proxyService(api: Api, service: ProxiedService): Promise<() => Promise<void>> {
  const { namespace, name, port, target } = service;
  const core = `/api/v1/namespaces/${namespace}`;
  const ip = ownAddress();
  const server = relayTo(() => {
    const url = target();
    return url === undefined ? undefined : { host: new URL(url).hostname, port: Number(new URL(url).port) };
  });
  server.listen(0, ip);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const targetRef = await podAt(api, core, ip);
  // With a selector its endpoints are its own pods, which do not run.
  await api.patch(`${core}/services/${name}`, { spec: { selector: null } });
  await api.send('DELETE', `${core}/endpoints/${name}`);
  await api.create(`${core}/endpoints`, {
    metadata: { name },
    subsets: [{ addresses: [{ ip, targetRef }], ports: [{ name: port, port: address.port }] }],
  });
  return async () => {
    server.close();
    await api.send('DELETE', `${core}/pods/${targetRef.name}`);
  };
}

/** The API server leads to pods only, by the addresses that they say they have. */
async function podAt(api: Api, core: string, ip: string) {
  const name = `proxied-${randomUUID().slice(0, 8)}`;
  const spec = { containers: [{ name: 'none', image: 'registry.example.com/none:1' }] };
  const { metadata } = await api.create(`${core}/pods`, { metadata: { name }, spec });
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
  await api.patch(`${core}/pods/${name}/status`, { status });
  return { kind: 'Pod', namespace: metadata.namespace, name, uid: metadata.uid };
}

/** @throws Error on a machine that has only loopback */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no address besides loopback');
  return found.address;
}
