import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import type { NewSecret } from './kubernetes.ts';
import { deniedByAdmission, refusal, statusOf, type Status } from './refusal.ts';
import type { ApiAnswer, Transport } from './transport.ts';

/** {@link Kubernetes.createSecret}: one POST. Its name is made of its content, so sending it twice changes nothing. */
export async function createSecret(
  send: Transport,
  secret: NewSecret,
  signal?: AbortSignal,
): Promise<'created' | 'exists'> {
  checkNamespace(secret.namespace);
  checkName('Secret', secret.name);
  const path = apiPath(['api', 'v1', 'namespaces', secret.namespace, 'secrets']);

  const answer = await send({ method: 'POST', path, body: manifest(secret), repeatable: true, signal });

  if (answer.status === 201) return 'created';
  if (answer.status === 409 && statusOf(answer.body).reason === 'AlreadyExists') return 'exists';
  throw refusedSecret(answer, secret.namespace);
}

function manifest(secret: NewSecret): object {
  const { name, namespace, labels, annotations, owner } = secret;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels,
      annotations,
      // Without blockOwnerDeletion: setting it needs the right to update the owner's finalizers.
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: false }] }),
    },
    type: secret.type,
    immutable: true,
    data: Object.fromEntries(
      Array.from(secret.data, ([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')]),
    ),
  };
}

/** Why a Secret could not be written, in words that say who refused it. */
export function refusedSecret(
  answer: ApiAnswer,
  namespace: string,
  verb: 'create' | 'update' = 'create',
): LatchkeyError {
  const status = statusOf(answer.body);
  const where = `in namespace ${quoted(namespace)}`;
  if (answer.status === 413 || isTooLarge(status)) {
    return new LatchkeyError(
      'LK-TOO-LARGE',
      `all values together are larger than the 1 MiB that a Secret can hold`,
      'Ask for fewer or smaller values in one pod, or use delivery memory.',
    );
  }
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return new LatchkeyError(
      'LK-KUBERNETES',
      `namespace ${quoted(namespace)} is being deleted`,
      'Nothing can be created in it any more.',
    );
  }
  if (status.message.includes('exceeded quota')) {
    return new LatchkeyError(
      'LK-QUOTA',
      `a ResourceQuota ${where} leaves no room for the Secret`,
      'Raise its secrets or count/secrets, or delete Secrets that no pod uses.',
    );
  }
  if (deniedByAdmission(status.message)) {
    return new LatchkeyError(
      'LK-QUOTA',
      `another admission step ${where} refused the Secret (${answer.status})`,
      'Let its policy or webhook pass Secrets that carry app.kubernetes.io/managed-by: latchkey, and latchkey.dev/adopted where definitions are carried out.',
    );
  }
  return refusal(answer, { verb, resource: 'secrets', namespace });
}

/** 422 by the API server's validation, or 500 because etcd's own limit on a request came first. */
function isTooLarge({ causes, message }: Status): boolean {
  const tooLong = causes.some(
    ({ reason, field }) => reason === 'FieldValueTooLong' && field.startsWith('data'),
  );
  return (
    tooLong ||
    message.includes('etcdserver: request is too large') ||
    message.includes('trying to send message larger than max')
  );
}
