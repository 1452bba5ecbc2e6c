import { SecretValue } from '../secret-value.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import type { SecretHead, StoredSecret } from './controller-api.ts';
import { record } from './json.ts';
import { objectMeta } from './objects.ts';
import { refusal, statusOf, type Asked } from './refusal.ts';
import type { Transport } from './transport.ts';

type At = Pick<StoredSecret, 'namespace' | 'name'>;

/** What the API server gives an object that is made anew. */
const GIVEN = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
]);

export async function readSecret(
  send: Transport,
  at: At,
  signal?: AbortSignal,
): Promise<StoredSecret | undefined> {
  const answer = await send({ method: 'GET', path: pathOf(at), repeatable: true, signal });
  if (answer.status === 404) return undefined;
  const secret = answer.status === 200 ? secretOf(answer.body) : undefined;
  if (secret === undefined) throw refusal(answer, askedOf('get', at));
  return secret;
}

export async function updateSecret(
  send: Transport,
  secret: StoredSecret,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const body = manifest(secret, secret.metadata);
  const answer = await send({ method: 'PUT', path: pathOf(secret), body, repeatable: true, signal });
  if (answer.status === 200) return 'done';
  if (answer.status === 409) return 'conflict';
  throw refusal(answer, askedOf('update', secret));
}

export async function deleteSecret(
  send: Transport,
  secret: StoredSecret,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const { uid, resourceVersion } = secret;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  const answer = await send({ method: 'DELETE', path: pathOf(secret), body, repeatable: true, signal });
  if (answer.status === 200 || answer.status === 202 || answer.status === 404) return 'done';
  if (answer.status === 409) return 'conflict';
  throw refusal(answer, askedOf('delete', secret));
}

export async function recreateSecret(
  send: Transport,
  secret: StoredSecret,
  signal: AbortSignal,
): Promise<'done' | 'exists' | 'gone'> {
  const kept = Object.entries(secret.metadata).filter(([field]) => !GIVEN.has(field));
  const path = apiPath(['api', 'v1', 'namespaces', secret.namespace, 'secrets']);
  const body = manifest(secret, Object.fromEntries(kept));
  const answer = await send({ method: 'POST', path, body, repeatable: true, signal });
  const status = statusOf(answer.body);
  if (answer.status === 201) return 'done';
  if (answer.status === 409 && status.reason === 'AlreadyExists') return 'exists';
  const terminating = status.causes.some(({ reason }) => reason === 'NamespaceTerminating');
  if (answer.status === 404 || terminating) return 'gone';
  throw refusal(answer, askedOf('create', secret));
}

/** An item of a list of metadata; undefined for what is none. */
export function secretHead(item: unknown): SecretHead | undefined {
  const meta = objectMeta(item);
  const { creationTimestamp, deletionTimestamp } = record(record(item)['metadata']);
  const createdMs = typeof creationTimestamp === 'string' ? Date.parse(creationTimestamp) : Number.NaN;
  if (meta?.namespace === undefined || Number.isNaN(createdMs)) return undefined;
  const { namespace, name, uid, annotations } = meta;
  return { namespace, name, uid, annotations, createdMs, deleting: deletionTimestamp !== undefined };
}

function pathOf({ namespace, name }: At): string {
  checkNamespace(namespace);
  checkName('Secret', name);
  return apiPath(['api', 'v1', 'namespaces', namespace, 'secrets', name]);
}

function askedOf(verb: Asked['verb'], { namespace }: At): Asked {
  return { verb, resource: 'secrets', namespace };
}

function secretOf(body: unknown): StoredSecret | undefined {
  const { metadata, data, type, immutable } = record(body);
  const meta = objectMeta(body);
  const { resourceVersion } = record(metadata);
  if (meta?.namespace === undefined || typeof resourceVersion !== 'string') return undefined;
  const entries = Object.entries(record(data)).map(
    ([key, value]) => [key, new SecretValue(Buffer.from(String(value), 'base64'))] as const,
  );
  return {
    ...meta,
    namespace: meta.namespace,
    resourceVersion,
    type: typeof type === 'string' ? type : 'Opaque',
    immutable: immutable === true,
    data: new Map(entries),
    metadata: record(metadata),
  };
}

function manifest({ type, immutable, data }: StoredSecret, metadata: object): object {
  const encoded = Array.from(
    data,
    ([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')] as const,
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type,
    ...(immutable ? { immutable } : {}),
    data: Object.fromEntries(encoded),
  };
}
