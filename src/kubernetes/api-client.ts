import type { Clock } from '../clock.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import { createEvent } from './create-event.ts';
import { createSecret } from './create-secret.ts';
import type { Kubernetes, Node, ObjectMeta, OwnerQuery } from './kubernetes.ts';
import { node, objectMeta, page, serverVersion } from './objects.ts';
import { refusal, type Asked } from './refusal.ts';
import { requestToken } from './token-requests.ts';
import type { Transport } from './transport.ts';

// Of accounts, namespaces and controllers only the metadata is read: a controller's template holds everybody's variables.
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const MAX_PODS = '500';
const NODES_PER_PAGE = '200';

const OWNERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['apps/v1 ReplicaSet', ['apis', 'apps', 'v1', 'replicasets']],
  ['apps/v1 StatefulSet', ['apis', 'apps', 'v1', 'statefulsets']],
  ['apps/v1 DaemonSet', ['apis', 'apps', 'v1', 'daemonsets']],
  ['batch/v1 Job', ['apis', 'batch', 'v1', 'jobs']],
  ['v1 ReplicationController', ['api', 'v1', 'replicationcontrollers']],
]);

/** The {@link Kubernetes} interface over a transport. */
export function apiClient(send: Transport, clock: Clock): Kubernetes {
  const get = async (
    path: string,
    asked: Asked,
    options: { accept?: string; signal?: AbortSignal | undefined },
  ): Promise<unknown> => {
    const answer = await send({ method: 'GET', path, repeatable: true, ...options });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200 || answer.body === undefined) throw refusal(answer, asked);
    return answer.body;
  };

  const metadata = async (
    path: string,
    asked: Asked,
    signal?: AbortSignal,
  ): Promise<ObjectMeta | undefined> => {
    const body = await get(path, asked, { accept: METADATA_ONLY, signal });
    return body === undefined ? undefined : expected(objectMeta(body), asked);
  };

  const list = async (
    path: string,
    asked: Asked,
    signal?: AbortSignal,
  ): Promise<NonNullable<ReturnType<typeof page>>> => {
    const body = await get(path, asked, { signal });
    return expected(page(body), asked);
  };

  return {
    serviceAccount: async (namespace, name, signal) => {
      checkNamespace(namespace);
      checkName('service account', name);
      const path = apiPath(['api', 'v1', 'namespaces', namespace, 'serviceaccounts', name]);
      return await metadata(path, { verb: 'get', resource: 'serviceaccounts', namespace }, signal);
    },
    namespace: async (name, signal) => {
      checkNamespace(name);
      return await metadata(
        apiPath(['api', 'v1', 'namespaces', name]),
        { verb: 'get', resource: 'namespaces' },
        signal,
      );
    },
    owner: async (query, signal) => {
      const [prefix, plural] = ownerPath(query);
      if (prefix === undefined || plural === undefined) return undefined;
      checkNamespace(query.namespace);
      checkName(query.kind, query.name);
      const path = apiPath([...prefix, 'namespaces', query.namespace, plural, query.name]);
      return await metadata(path, { verb: 'get', resource: plural, namespace: query.namespace }, signal);
    },
    pods: async (namespace, labelSelector, signal) => {
      checkNamespace(namespace);
      const path = apiPath(['api', 'v1', 'namespaces', namespace, 'pods'], {
        labelSelector,
        limit: MAX_PODS,
      });
      return (await list(path, { verb: 'list', resource: 'pods', namespace }, signal)).items;
    },
    nodes: async (signal) => {
      const nodes: Node[] = [];
      let next: string | undefined;
      do {
        const path = apiPath(['api', 'v1', 'nodes'], {
          limit: NODES_PER_PAGE,
          ...(next === undefined ? {} : { continue: next }),
        });
        const { items, next: following } = await list(path, { verb: 'list', resource: 'nodes' }, signal);
        nodes.push(...items.flatMap((item) => node(item) ?? []));
        next = following;
      } while (next !== undefined);
      return nodes;
    },
    version: async (signal) => {
      const asked: Asked = { verb: 'get', resource: '/version' };
      return expected(serverVersion(await get(apiPath(['version']), asked, { signal })), asked);
    },
    requestToken: (namespace, serviceAccount, audience, signal) =>
      requestToken(send, { namespace, serviceAccount, audience }, signal),
    createSecret: (secret, signal) => createSecret(send, secret, signal),
    createEvent: (event, signal) => createEvent(send, { event, at: new Date(clock.wall()) }, signal),
  };
}

function expected<T>(value: T | undefined, asked: Asked): T {
  if (value === undefined) throw refusal({ status: 200, body: undefined }, asked);
  return value;
}

function ownerPath({
  apiVersion,
  kind,
}: OwnerQuery): readonly [readonly string[] | undefined, string | undefined] {
  const segments = OWNERS.get(`${apiVersion} ${kind}`);
  return [segments?.slice(0, -1), segments?.at(-1)];
}
