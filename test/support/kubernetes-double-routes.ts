import type { CustomResources } from './kubernetes-double-custom.ts';
import type { Objects, StoredObject } from './kubernetes-double-objects.ts';
import type { TokenIssuer } from './kubernetes-double-tokens.ts';
import { invalidSecret, invalidTokenRequest, type Invalid } from './kubernetes-double-validation.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly body: Json | readonly Json[] | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the double's API server is. */
export interface World {
  readonly objects: Objects;
  readonly custom: CustomResources;
  /** Whether `serve` has the rights that --adoption needs. */
  readonly adoption: boolean;
  readonly tokens: TokenIssuer;
  version: Json;
  /** How many Secrets a namespace may hold. */
  readonly secretQuotas: Map<string, number>;
  /** Namespaces that are being deleted. */
  readonly terminating: Set<string>;
  /** Audiences that a ValidatingAdmissionPolicy lets through; undefined: no policy. */
  allowedAudiences: readonly string[] | undefined;
}

const KINDS: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  'api/v1/namespaces': { apiVersion: 'v1', kind: 'Namespace' },
  'api/v1/serviceaccounts': { apiVersion: 'v1', kind: 'ServiceAccount' },
  'api/v1/pods': { apiVersion: 'v1', kind: 'Pod' },
  'api/v1/nodes': { apiVersion: 'v1', kind: 'Node' },
  'api/v1/secrets': { apiVersion: 'v1', kind: 'Secret' },
  'api/v1/events': { apiVersion: 'v1', kind: 'Event' },
  'api/v1/replicationcontrollers': { apiVersion: 'v1', kind: 'ReplicationController' },
  'apis/apps/v1/replicasets': { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  'apis/apps/v1/statefulsets': { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  'apis/apps/v1/daemonsets': { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  'apis/batch/v1/jobs': { apiVersion: 'batch/v1', kind: 'Job' },
};

const PATH =
  /^\/(?<api>api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[a-z]+))?$/;

/** One request to one answer, as the API server gives it. */
export function answer(world: World, request: Request): Answer {
  if (request.path === '/version' && request.method === 'GET') return { status: 200, body: world.version };

  const namespace = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(request.path)?.[1];
  if (namespace !== undefined && request.method === 'GET') {
    return metadataOf(world, request, {
      resource: 'namespaces',
      kind: 'Namespace',
      namespace: undefined,
      name: namespace,
    });
  }

  const at = PATH.exec(request.path)?.groups;
  const kind = at === undefined ? undefined : KINDS[`${at['api']}/${at['resource']}`];
  if (at === undefined || kind === undefined)
    return status(404, 'NotFound', 'the server could not find the requested resource');

  const { resource = '', name, sub, namespace: ns } = at;
  const verb = `${request.method} ${sub === undefined ? kind.kind : `${kind.kind}/${sub}`}${name === undefined ? '' : ' one'}`;
  switch (verb) {
    case 'POST ServiceAccount/token one':
      return createToken(world, ns ?? '', name ?? '', objectOf(request.body));
    case 'POST Secret':
      return createSecret(world, ns ?? '', objectOf(request.body));
    case 'POST Event':
      return createEvent(world, ns ?? '', objectOf(request.body));
    case 'GET Node':
    case 'GET Pod':
      return list(world, request, { ...kind, namespace: ns });
    case 'GET Secret one':
    case 'GET Secret':
      return forbidden('get', 'secrets', ns);
  }
  if (request.method === 'GET' && name !== undefined && sub === undefined) {
    return metadataOf(world, request, { resource, kind: kind.kind, namespace: ns, name });
  }
  return status(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function status(code: number, reason: string, message: string, details: Json = {}): Answer {
  return {
    status: code,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details,
      code,
    },
  };
}

/** RBAC's refusal, worded as the API server words it. */
export function forbidden(verb: string, resource: string, namespace = ''): Answer {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const user = 'system:serviceaccount:latchkey:latchkey';
  return status(
    403,
    'Forbidden',
    `${resource} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "" ${where}`,
    { kind: resource },
  );
}

/** The refusal of a ValidatingAdmissionPolicy whose reason is Forbidden, worded as the API server words it. */
export function deniedByPolicy(
  { resource, name }: { readonly resource: string; readonly name: string },
  policy: string,
  why: string,
): Answer {
  const message = `ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${why}`;
  const details = { name, kind: resource, causes: [{ message }] };
  return status(403, 'Forbidden', `${resource} "${name}" is forbidden: ${message}`, details);
}

function metadataOf(
  world: World,
  request: Request,
  at: { resource: string; kind: string; namespace: string | undefined; name: string },
): Answer {
  const object = world.objects.get(at.kind, at.namespace, at.name);
  if (object === undefined) return notFound(at.resource, at.name);
  if (!request.accept.includes('as=PartialObjectMetadata;')) return { status: 200, body: object };
  const { metadata } = object;
  return { status: 200, body: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } };
}

export function list(
  world: World,
  request: Request,
  at: { apiVersion: string; kind: string; namespace: string | undefined },
): Answer {
  const wanted = (request.query.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
  const from = Number(request.query.get('continue') ?? '0');
  const limit = Number(request.query.get('limit') ?? '0') || Number.POSITIVE_INFINITY;
  const all = world.objects
    .list(at.kind, at.namespace)
    .filter((object) => wanted.every((part) => carries(object, part)));
  const more =
    all.length > from + limit
      ? { continue: String(from + limit), remainingItemCount: all.length - from - limit }
      : {};
  const found = all.slice(from, from + limit);
  const headsOnly = request.accept.includes('as=PartialObjectMetadataList;');
  const heads = found.map(({ metadata }) => ({ metadata }));
  // As Go writes an empty slice that nobody made.
  const headsOrNull = heads.length === 0 ? null : heads;
  const items = headsOnly ? headsOrNull : found;
  return {
    status: 200,
    body: {
      kind: `${at.kind}List`,
      apiVersion: at.apiVersion,
      metadata: { resourceVersion: '1', ...more },
      items,
    },
  };
}

function carries(object: StoredObject, requirement: string): boolean {
  const [key = '', value] = requirement.split(/==?/);
  return object.metadata.labels?.[key] === value;
}

function createToken(world: World, namespace: string, name: string, body: Json): Answer {
  const account = world.objects.get('ServiceAccount', namespace, name);
  if (account === undefined) return notFound('serviceaccounts', name);
  const spec = (body['spec'] ?? {}) as Json;
  const invalid = invalidTokenRequest(spec);
  if (invalid.length > 0) return unprocessable('TokenRequest', '', invalid);

  const audiences = (spec['audiences'] ?? []) as readonly string[];
  const [audience = world.tokens.issuer] = audiences;
  const policy = world.allowedAudiences;
  if (policy !== undefined && (audiences.length !== 1 || !policy.includes(audience))) {
    const why = 'latchkey may request tokens for one audience of tokenAudiences only';
    return deniedByPolicy({ resource: 'serviceaccounts', name }, 'latchkey-tokens', why);
  }
  const issued = world.tokens.issue({
    namespace,
    serviceAccount: name,
    uid: account.metadata.uid,
    audience,
    expirationSeconds: (spec['expirationSeconds'] as number | undefined) ?? 3600,
  });
  return {
    status: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      spec,
      status: issued,
    },
  };
}

export function createSecret(world: World, namespace: string, body: Json): Answer {
  const metadata = (body['metadata'] ?? {}) as Json;
  const name = text(metadata['name']);
  if (world.objects.get('Namespace', undefined, namespace) === undefined)
    return notFound('namespaces', namespace);
  if (world.terminating.has(namespace)) {
    return status(
      403,
      'Forbidden',
      `secrets "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        name,
        kind: 'secrets',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    );
  }
  const invalid = invalidSecret(body);
  if (invalid.length > 0) return unprocessable('Secret', name, invalid);

  const quota = world.secretQuotas.get(namespace);
  const used = world.objects.list('Secret', namespace).length;
  if (quota !== undefined && used >= quota) {
    return status(
      403,
      'Forbidden',
      `secrets "${name}" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=${used}, limited: count/secrets=${quota}`,
      { name, kind: 'secrets' },
    );
  }
  if (world.objects.get('Secret', namespace, name) !== undefined) {
    return status(409, 'AlreadyExists', `secrets "${name}" already exists`, { name, kind: 'secrets' });
  }
  const stored = world.objects.put(
    'v1',
    'Secret',
    { namespace, name },
    { rest: { ...body, type: body['type'] ?? 'Opaque' } },
  );
  const { labels, annotations } = metadata as {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  Object.assign(stored.metadata, { labels, annotations });
  return { status: 201, body: stored };
}

function createEvent(world: World, namespace: string, body: Json): Answer {
  const metadata = (body['metadata'] ?? {}) as Json;
  const involved = (body['involvedObject'] ?? {}) as Json;
  if (involved['namespace'] !== namespace) {
    return unprocessable('Event', '', [
      {
        field: 'involvedObject.namespace',
        reason: 'FieldValueInvalid',
        message: 'does not match event.namespace',
      },
    ]);
  }
  const count = world.objects.list('Event', namespace).length;
  const name = text(metadata['name']) || `${text(metadata['generateName'])}${count}`;
  return { status: 201, body: world.objects.put('v1', 'Event', { namespace, name }, { rest: body }) };
}

export function notFound(resource: string, name: string): Answer {
  return status(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
}

export function unprocessable(kind: string, name: string, invalid: readonly Invalid[]): Answer {
  const message = `${kind} "${name}" is invalid: ${invalid.map((i) => `${i.field}: ${i.message}`).join(', ')}`;
  return status(422, 'Invalid', message, { name, kind, causes: invalid });
}

export function objectOf(body: Request['body']): Json {
  return body === undefined || isList(body) ? {} : body;
}

function isList(body: Json | readonly Json[]): body is readonly Json[] {
  return Array.isArray(body);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
