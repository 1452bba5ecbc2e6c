import { systemClock, type Clock } from '../clock.ts';
import { checkNamespace } from './api-path.ts';
import type { ControllerApi } from './controller-api.ts';
import { connect, type KubernetesOptions } from './create-kubernetes.ts';
import { createLease, readLease, updateLease } from './leases.ts';
import { eachItem } from './paging.ts';
import { publishBundle, readRegistration } from './registrations.ts';
import { deleteSecret, readSecret, recreateSecret, secretHead, updateSecret } from './stored-secrets.ts';
import { createTransport, type Transport } from './transport.ts';

const TIMEOUT_MS = 10_000;
// The values of a list of Secrets would be the whole cluster's; its metadata is enough.
const HEADS_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const HEADS_PER_PAGE = 500;
/** Pods reach tens of kilobytes each. */
const PODS_PER_PAGE = 250;

/**
 * The API server, as the controller's own identity. Reads the kubeconfig; connects at the first call.
 * @throws LatchkeyError LK-CONFIG
 */
export function createControllerApi(options: KubernetesOptions = {}): ControllerApi {
  const transport = createTransport(connect(options), { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return controllerApi(transport, options.clock ?? systemClock);
}

/** The {@link ControllerApi} interface over a transport. */
export function controllerApi(transport: Transport, clock: Clock): ControllerApi {
  let aheadMs: number | undefined;
  const send: Transport = async (request) => {
    const answer = await transport(request);
    // A date has no milliseconds: half a second is the middle of what it can mean.
    if (answer.dateMs !== undefined) aheadMs = clock.wall() - (answer.dateMs + 500);
    return answer;
  };
  return {
    lease: (namespace, name, signal) => readLease(send, { namespace, name }, signal),
    createLease: (at, record, signal) => createLease(send, { ...at, record }, signal),
    updateLease: (lease, record, signal) => updateLease(send, { ...lease, record }, signal),
    secret: (namespace, name, signal) => readSecret(send, { namespace, name }, signal),
    updateSecret: (secret, data, signal) => updateSecret(send, { ...secret, data }, signal),
    deleteSecret: (secret, signal) => deleteSecret(send, secret, signal),
    recreateSecret: (secret, signal) => recreateSecret(send, secret, signal),
    eachSecret: async ({ namespace, labelSelector }, visit, signal) => {
      const list = listOf('secrets', namespace);
      const visitHead = (item: unknown): void => {
        const head = secretHead(item);
        if (head !== undefined) visit(head);
      };
      const request = { ...list, query: { labelSelector }, accept: HEADS_ONLY, pageSize: HEADS_PER_PAGE };
      await eachItem(send, request, visitHead, signal);
    },
    eachPod: async (namespace, visit, signal) => {
      const request = { ...listOf('pods', namespace), query: {}, pageSize: PODS_PER_PAGE };
      await eachItem(send, request, visit, signal);
    },
    registration: (kind, name, signal) => readRegistration(send, { kind, name }, signal),
    publish: (registration, bundle, signal) => publishBundle(send, { ...registration, bundle }, signal),
    clockAheadMs: () => aheadMs,
  };
}

function listOf(resource: string, namespace: string | undefined) {
  if (namespace === undefined)
    return { segments: ['api', 'v1', resource], asked: { verb: 'list', resource } } as const;
  checkNamespace(namespace);
  return {
    segments: ['api', 'v1', 'namespaces', namespace, resource],
    asked: { verb: 'list', resource, namespace },
  } as const;
}
