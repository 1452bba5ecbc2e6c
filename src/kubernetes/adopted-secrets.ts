import { LatchkeyError } from '../errors.ts';
import type { SecretValue } from '../secret-value.ts';
import type { AdoptedContent, NewAdoptedSecret } from './adoption-api.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import type { StoredSecret } from './controller-api.ts';
import { refusedSecret } from './create-secret.ts';
import { statusOf } from './refusal.ts';
import type { ApiAnswer, Transport } from './transport.ts';

export async function createAdopted(
  send: Transport,
  secret: NewAdoptedSecret,
  signal: AbortSignal,
): Promise<'created' | 'exists'> {
  const { namespace, name, labels, annotations, owner, type, immutable, data } = secret;
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name,
      labels,
      annotations,
      // `controller`, so that the other controller takes it for its own. Without blockOwnerDeletion, which needs a right
      // on the owner's finalizers.
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
    },
    type,
    ...(immutable === true ? { immutable } : {}),
    data: encoded(data),
  };
  const path = pathOf(namespace);
  checkName('Secret', name);

  const answer = await send({ method: 'POST', path, body, repeatable: true, signal });

  if (answer.status === 201) return 'created';
  if (answer.status === 409 && statusOf(answer.body).reason === 'AlreadyExists') return 'exists';
  throw notValid(answer) ?? refusedSecret(answer, namespace);
}

export interface Update {
  readonly stored: StoredSecret;
  readonly content: AdoptedContent;
  /** In place of those that it has. */
  readonly ownerReferences?: readonly object[];
  /** Labels and annotations that go. */
  readonly without?: (name: string) => boolean;
  readonly dryRun?: boolean;
}

/** PUT of everything that was read but for what is given: fields that we don't know stay. */
export async function updateAdopted(
  send: Transport,
  update: Update,
  signal: AbortSignal,
): Promise<'done' | 'conflict'> {
  const { stored, content, ownerReferences, without = () => false, dryRun } = update;
  const { namespace, name, type, immutable, metadata } = stored;
  const kept = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(given).filter(([key]) => !without(key)));
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...metadata,
      labels: { ...kept(stored.labels), ...content.labels },
      annotations: { ...kept(stored.annotations), ...content.annotations },
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    type,
    ...(immutable ? { immutable } : {}),
    data: encoded(content.data),
  };
  const path = pathOf(namespace, name, dryRun === true ? { dryRun: 'All' } : {});

  const answer = await send({ method: 'PUT', path, body, repeatable: true, signal });

  if (answer.status === 200) return 'done';
  // 404: it went meanwhile; who asked looks again either way.
  if (answer.status === 409 || answer.status === 404) return 'conflict';
  throw notValid(answer) ?? refusedSecret(answer, namespace, 'update');
}

function pathOf(namespace: string, name?: string, query: Readonly<Record<string, string>> = {}): string {
  checkNamespace(namespace);
  if (name !== undefined) checkName('Secret', name);
  const segments = ['api', 'v1', 'namespaces', namespace, 'secrets', ...(name === undefined ? [] : [name])];
  return apiPath(segments, query);
}

function encoded(data: ReadonlyMap<string, SecretValue>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from(data, ([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')]),
  );
}

/** What a definition wants and the API server's validation refuses: a field's name is safe to show, its value is not. */
function notValid(answer: ApiAnswer): LatchkeyError | undefined {
  const { causes, reason } = statusOf(answer.body);
  const [cause] = causes;
  if (answer.status !== 422 || reason !== 'Invalid' || cause === undefined) return undefined;
  // A policy that refuses names no field.
  if (cause.field === '' || cause.reason === 'FieldValueTooLong') return undefined;
  const field = /^[A-Za-z.]{1,60}/.exec(cause.field)?.[0] ?? 'a field';
  return new LatchkeyError(
    'LK-DEFINITION',
    `the API server calls the Secret that it describes invalid (${field})`,
    'Compare type, keys, labels and annotations of the definition with what Kubernetes allows; a Secret whose type has changed has to be deleted first.',
  );
}
