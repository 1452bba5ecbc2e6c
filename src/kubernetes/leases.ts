import { apiPath, checkName, checkNamespace } from './api-path.ts';
import type { LeaseRecord, StoredLease } from './controller-api.ts';
import { record } from './json.ts';
import { objectMeta } from './objects.ts';
import type { MountedAccount } from './mounted-account.ts';
import { refusal, statusOf, type Asked } from './refusal.ts';
import type { Transport } from './transport.ts';

interface At {
  readonly namespace: string;
  readonly name: string;
}

export async function readLease(
  send: Transport,
  at: At,
  signal: AbortSignal,
): Promise<StoredLease | undefined> {
  const answer = await send({ method: 'GET', path: pathOf(at), repeatable: true, signal });
  if (answer.status === 404) return undefined;
  const asked = askedOf('get', at);
  if (answer.status !== 200) throw refusal(answer, asked);
  return leaseOf(answer.body, asked);
}

export async function createLease(
  send: Transport,
  at: At & { readonly owner?: MountedAccount; readonly record: LeaseRecord },
  signal: AbortSignal,
): Promise<StoredLease | undefined> {
  checkName('Lease', at.name);
  const path = apiPath(['apis', 'coordination.k8s.io', 'v1', 'namespaces', at.namespace, 'leases']);
  const body = manifest(at, at.record, { ownerReferences: ownersOf(at.owner) });
  const answer = await send({ method: 'POST', path, body, repeatable: false, signal });
  if (answer.status === 409 && statusOf(answer.body).reason === 'AlreadyExists') return undefined;
  const asked = askedOf('create', at);
  if (answer.status !== 201) throw refusal(answer, asked);
  return leaseOf(answer.body, asked);
}

export async function updateLease(
  send: Transport,
  lease: StoredLease & { readonly record: LeaseRecord },
  signal: AbortSignal,
): Promise<StoredLease | undefined> {
  const { resourceVersion, ownerReferences } = lease;
  const body = manifest(lease, lease.record, { resourceVersion, ownerReferences });
  const answer = await send({ method: 'PUT', path: pathOf(lease), body, repeatable: true, signal });
  if (answer.status === 409) return undefined;
  const asked = askedOf('update', lease);
  if (answer.status !== 200) throw refusal(answer, asked);
  return leaseOf(answer.body, asked);
}

function pathOf({ namespace, name }: At): string {
  checkNamespace(namespace);
  return apiPath(['apis', 'coordination.k8s.io', 'v1', 'namespaces', namespace, 'leases', name]);
}

function askedOf(verb: Asked['verb'], { namespace }: At): Asked {
  return { verb, resource: 'leases.coordination.k8s.io', namespace };
}

/** Without `blockOwnerDeletion`, which would need a right of its own. */
function ownersOf(owner: MountedAccount | undefined): readonly unknown[] {
  return owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'ServiceAccount', ...owner }];
}

/** A PUT takes away what it does not name. */
function manifest({ namespace, name }: At, lease: LeaseRecord, metadata: object): object {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, ...metadata },
    spec: {
      holderIdentity: lease.holder,
      leaseDurationSeconds: lease.durationSeconds,
      acquireTime: lease.acquireTime,
      renewTime: lease.renewTime,
      leaseTransitions: lease.transitions,
    },
  };
}

/** A Lease that nobody has written a spec into reads as released. */
function leaseOf(body: unknown, asked: Asked): StoredLease {
  const { metadata, spec } = record(body);
  const { resourceVersion, ownerReferences } = record(metadata);
  const meta = objectMeta(body);
  if (meta?.namespace === undefined || typeof resourceVersion !== 'string') {
    throw refusal({ status: 200, body: undefined }, asked);
  }
  const fields = record(spec);
  return {
    namespace: meta.namespace,
    name: meta.name,
    resourceVersion,
    ownerReferences: Array.isArray(ownerReferences) ? ownerReferences : [],
    holder: text(fields['holderIdentity']),
    durationSeconds: count(fields['leaseDurationSeconds']),
    acquireTime: text(fields['acquireTime']),
    renewTime: text(fields['renewTime']),
    transitions: count(fields['leaseTransitions']),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
