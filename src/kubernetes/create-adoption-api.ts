import { SecretValue } from '../secret-value.ts';
import { createAdopted, updateAdopted } from './adopted-secrets.ts';
import type { AdoptionApi, CustomResource } from './adoption-api.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import { connect, type KubernetesOptions } from './create-kubernetes.ts';
import { follow } from './follow.ts';
import { record } from './json.ts';
import { refusal, type Asked } from './refusal.ts';
import { readSecret } from './stored-secrets.ts';
import { createTransport, type Transport } from './transport.ts';
import { createWatchTransport } from './watch-stream.ts';

const TIMEOUT_MS = 5_000;

/**
 * The API server, as `serve`'s identity with --adoption. Reads the kubeconfig; connects at the first call.
 * @throws LatchkeyError LK-CONFIG
 */
export function createAdoptionApi(options: KubernetesOptions = {}): AdoptionApi {
  const connection = connect(options);
  const send = createTransport(connection, { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  const watch = createWatchTransport(connection);
  return {
    secret: (namespace, name, signal) => readSecret(send, { namespace, name }, signal),
    createSecret: (secret, signal) => createAdopted(send, secret, signal),
    updateSecret: (stored, content, signal) => updateAdopted(send, { stored, content }, signal),
    claimSecret: (stored, content, owner, signal) => {
      const ownerReferences = owner && [{ ...owner, controller: true }];
      return updateAdopted(send, { stored, content, ...(ownerReferences && { ownerReferences }) }, signal);
    },
    configMap: (namespace, name, signal) => readConfigMap(send, { namespace, name }, signal),
    object: (resource, at, signal) => readObject(send, { ...resource, ...at }, signal),
    follow: (kind, follower, signal) => follow({ send, watch, kind, follower }, signal),
  };
}

/** A custom resource, raw; undefined where it or its kind is not there. */
export async function readObject(
  send: Transport,
  object: CustomResource & { readonly namespace?: string; readonly name: string },
  signal: AbortSignal,
): Promise<unknown> {
  const { group, version, plural, namespace, name } = object;
  if (namespace !== undefined) checkNamespace(namespace);
  checkName(plural, name);
  const scope = namespace === undefined ? [] : ['namespaces', namespace];
  const path = apiPath(['apis', group, version, ...scope, plural, name]);
  const asked: Asked = { verb: 'get', resource: `${plural}.${group}`, ...(namespace && { namespace }) };
  return await readOne(send, { path, asked }, signal);
}

async function readConfigMap(
  send: Transport,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SecretValue> | undefined> {
  checkNamespace(namespace);
  checkName('ConfigMap', name);
  const path = apiPath(['api', 'v1', 'namespaces', namespace, 'configmaps', name]);
  const body = await readOne(
    send,
    { path, asked: { verb: 'get', resource: 'configmaps', namespace } },
    signal,
  );
  if (body === undefined) return undefined;
  const { data, binaryData } = record(body);
  return new Map([
    ...Object.entries(record(data)).map(([key, text]) => [key, new SecretValue(String(text))] as const),
    ...Object.entries(record(binaryData)).map(
      ([key, text]) => [key, new SecretValue(Buffer.from(String(text), 'base64'))] as const,
    ),
  ]);
}

async function readOne(
  send: Transport,
  { path, asked }: { readonly path: string; readonly asked: Asked },
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await send({ method: 'GET', path, repeatable: true, signal });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200 || answer.body === undefined) throw refusal(answer, asked);
  return answer.body;
}
