import { updateAdopted, type Update } from './adopted-secrets.ts';
import { apiPath, checkNamespace } from './api-path.ts';
import type { StoredSecret } from './controller-api.ts';
import { connect, type KubernetesOptions } from './create-kubernetes.ts';
import { record } from './json.ts';
import { page } from './objects.ts';
import { eachItem } from './paging.ts';
import { refusal, type Asked } from './refusal.ts';
import { readSecret } from './stored-secrets.ts';
import { createTransport, type Transport } from './transport.ts';

/** A Deployment that has pods. */
export interface RunningDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** What `take-over` asks of the API server, with the rights of whoever runs it. */
export interface TakeOverApi {
  secret(namespace: string, name: string, signal: AbortSignal): Promise<StoredSecret | undefined>;
  /** All of a kind in a namespace, raw; none where the kind is not served. */
  definitions(
    kind: { readonly group: string; readonly versions: readonly string[]; readonly plural: string },
    namespace: string,
    signal: AbortSignal,
  ): Promise<readonly unknown[]>;
  /** Of all namespaces, with a label `app.kubernetes.io/name` of these. @throws LatchkeyError LK-KUBERNETES */
  running(names: readonly string[], signal: AbortSignal): Promise<readonly RunningDeployment[]>;
  update(update: Update, signal: AbortSignal): Promise<'done' | 'conflict'>;
}

const TIMEOUT_MS = 10_000;
const PAGE_SIZE = 250;

/** @throws LatchkeyError LK-CONFIG */
export function createTakeOverApi(options: KubernetesOptions): TakeOverApi {
  const send = createTransport(connect(options), { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    secret: (namespace, name, signal) => readSecret(send, { namespace, name }, signal),
    async definitions({ group, versions, plural }, namespace, signal) {
      for (const version of versions) {
        const found = await listDefinitions(send, { group, version, plural, namespace }, signal);
        if (found !== undefined) return found;
      }
      return [];
    },
    async running(names, signal) {
      const found: RunningDeployment[] = [];
      const request = {
        segments: ['apis', 'apps', 'v1', 'deployments'],
        query: { labelSelector: `app.kubernetes.io/name in (${names.join(',')})` },
        asked: { verb: 'list', resource: 'deployments' },
        pageSize: PAGE_SIZE,
      } as const;
      await eachItem(send, request, (item) => found.push(...runningIn(item)), signal);
      return found;
    },
    update: (update, signal) => updateAdopted(send, update, signal),
  };
}

async function listDefinitions(
  send: Transport,
  at: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly namespace: string;
  },
  signal: AbortSignal,
): Promise<readonly unknown[] | undefined> {
  const { group, version, plural, namespace } = at;
  checkNamespace(namespace);
  const path = apiPath(['apis', group, version, 'namespaces', namespace, plural]);
  const answer = await send({ method: 'GET', path, repeatable: true, signal });
  if (answer.status === 404) return undefined;
  const found = answer.status === 200 ? page(answer.body) : undefined;
  const asked: Asked = { verb: 'list', resource: `${plural}.${group}`, namespace };
  if (found === undefined) throw refusal(answer, asked);
  return found.items;
}

function runningIn(item: unknown): readonly RunningDeployment[] {
  const { metadata, status } = record(item);
  const { namespace, name, labels } = record(metadata);
  const { replicas } = record(status);
  if (typeof replicas !== 'number' || replicas === 0) return [];
  return [{ namespace: String(namespace), name: String(name), labels: record(labels) }];
}
