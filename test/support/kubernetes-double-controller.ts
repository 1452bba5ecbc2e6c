// What the double's API server answers to the identity of `latchkey controller`: exactly its RBAC.

import fastJsonPatch, { type Operation } from 'fast-json-patch';
import type { StoredObject } from './kubernetes-double-objects.ts';
import {
  createSecret,
  deniedByPolicy,
  forbidden,
  list,
  notFound,
  objectOf,
  status,
  type Answer,
  type Json,
  type Request,
  type World,
} from './kubernetes-double-routes.ts';
import { invalidSecret } from './kubernetes-double-validation.ts';

const PATH =
  /^\/(?:api\/v1|apis\/[^/]+\/v1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?$/;
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
};
const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

interface At {
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

export function answerController(world: World, request: Request): Answer {
  const { namespace, resource = '', name = '' } = PATH.exec(request.path)?.groups ?? {};
  const kind = CONFIGURATIONS[resource] ?? { leases: 'Lease', secrets: 'Secret', pods: 'Pod' }[resource];
  if (kind === undefined) return forbidden('get', resource, namespace);
  const at: At = { kind, resource, namespace, name };
  switch (`${request.method} ${resource}${name === '' ? '' : ' one'}`) {
    case 'GET pods':
    case 'GET secrets':
      return list(world, request, { apiVersion: 'v1', kind, namespace });
    case 'GET secrets one':
    case 'GET leases one':
    case 'GET mutatingwebhookconfigurations one':
    case 'GET validatingwebhookconfigurations one':
      return found(world, at, (object) => ({ status: 200, body: object }));
    case 'POST secrets':
      return createSecret(world, namespace ?? '', objectOf(request.body));
    case 'POST leases':
      return createLease(world, at, objectOf(request.body));
    case 'PUT secrets one':
    case 'PUT leases one':
      return found(world, at, (object) => update(world, object, objectOf(request.body)));
    case 'DELETE secrets one':
      return found(world, at, (object) => remove(world, object, at, objectOf(request.body)));
    case 'PATCH mutatingwebhookconfigurations one':
    case 'PATCH validatingwebhookconfigurations one':
      return found(world, at, (object) => patch(world, object, request.body));
  }
  return forbidden(VERBS[request.method] ?? '', resource, namespace);
}

function found(world: World, at: At, then: (object: StoredObject) => Answer): Answer {
  const object = world.objects.get(at.kind, at.namespace, at.name);
  return object === undefined ? notFound(at.resource, at.name) : then(object);
}

function conflict(at: Pick<At, 'resource' | 'name'>, why: string): Answer {
  const message = `Operation cannot be fulfilled on ${at.resource} "${at.name}": ${why}`;
  return status(409, 'Conflict', message, { name: at.name, kind: at.resource });
}

function createLease(world: World, at: At, body: Json): Answer {
  const metadata = (body['metadata'] ?? {}) as StoredObject['metadata'];
  const place = { namespace: at.namespace ?? '', name: metadata.name };
  if (world.objects.get('Lease', at.namespace, metadata.name) !== undefined) {
    return status(409, 'AlreadyExists', 'already exists', { name: metadata.name, kind: 'leases' });
  }
  const invalid = invalidLease(body);
  if (invalid !== undefined) return invalid;
  const { ownerReferences } = metadata as Json;
  const rest = { spec: body['spec'], metadata: { ownerReferences } };
  return { status: 201, body: world.objects.put('coordination.k8s.io/v1', 'Lease', place, { rest }) };
}

/** A PUT: everything but what the server gives is replaced. */
export function update(world: World, object: StoredObject, body: Json): Answer {
  const metadata = (body['metadata'] ?? {}) as Json;
  const at = { resource: `${object.kind.toLowerCase()}s`, name: object.metadata.name };
  if (metadata['resourceVersion'] !== object.metadata['resourceVersion']) {
    return conflict(at, 'the object has been modified');
  }
  const invalid = object.kind === 'Lease' ? invalidLease(body) : badSecret(body);
  if (invalid !== undefined) return invalid;
  const { uid, creationTimestamp } = object.metadata;
  for (const field of Object.keys(object)) delete object[field];
  Object.assign(object, body, {
    metadata: { ...metadata, uid, creationTimestamp, resourceVersion: world.objects.nextVersion() },
  });
  return { status: 200, body: object };
}

function remove(world: World, object: StoredObject, at: At, options: Json): Answer {
  const { uid, resourceVersion } = (options['preconditions'] ?? {}) as Json;
  if (uid !== undefined && uid !== object.metadata.uid)
    return conflict(at, 'the UID in the precondition differs');
  if (resourceVersion !== undefined && resourceVersion !== object.metadata['resourceVersion']) {
    return conflict(at, 'the ResourceVersion in the precondition differs');
  }
  world.objects.remove(at.kind, at.namespace, at.name);
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } };
}

/** As the chart's policy has it: only caBundle may differ. */
function patch(world: World, object: StoredObject, body: Request['body']): Answer {
  let patched: StoredObject;
  try {
    const operations = structuredClone(body) as unknown as Operation[];
    patched = fastJsonPatch.applyPatch(structuredClone(object), operations, true).newDocument;
  } catch {
    return status(422, 'Invalid', 'the server rejected our request due to an error in our request');
  }
  if (JSON.stringify(withoutBundles(patched)) !== JSON.stringify(withoutBundles(object))) {
    const at = { resource: `${object.kind.toLowerCase()}s`, name: object.metadata.name };
    return deniedByPolicy(at, 'latchkey-registration', 'latchkey may change nothing but caBundle');
  }
  Object.assign(object, patched, {
    metadata: { ...patched.metadata, resourceVersion: world.objects.nextVersion() },
  });
  return { status: 200, body: object };
}

function withoutBundles(object: StoredObject): unknown {
  const copy = structuredClone(object) as StoredObject & { webhooks: { clientConfig: Json }[] };
  for (const webhook of copy.webhooks) delete (webhook.clientConfig as { caBundle?: string }).caBundle;
  return copy;
}

function badSecret(body: Json): Answer | undefined {
  const [invalid] = invalidSecret(body);
  return invalid && status(422, 'Invalid', `Secret is invalid: ${invalid.field}: ${invalid.message}`);
}

/** A MicroTime has exactly six digits of fraction. */
function invalidLease(body: Json): Answer | undefined {
  const spec = (body['spec'] ?? {}) as Json;
  const bad = ['acquireTime', 'renewTime'].some(
    (field) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(String(spec[field])),
  );
  const duration = spec['leaseDurationSeconds'];
  return bad || typeof duration !== 'number' || duration <= 0
    ? status(400, 'BadRequest', 'Lease in version "v1" cannot be handled as a Lease')
    : undefined;
}
