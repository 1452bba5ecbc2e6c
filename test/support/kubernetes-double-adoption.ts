// What the double's API server answers to `serve` where definitions are carried out: the rights that --adoption needs, and
// the chart's policy on Secrets.

import { update } from './kubernetes-double-controller.ts';
import {
  answer,
  forbidden,
  notFound,
  objectOf,
  status,
  type Answer,
  type Json,
  type Request,
  type World,
} from './kubernetes-double-routes.ts';

const PATH = /^\/api\/v1\/namespaces\/(?<namespace>[^/]+)\/(?<resource>secrets|configmaps)\/(?<name>[^/]+)$/;
const LABEL = 'latchkey.dev/adopted';

export function answerServe(world: World, request: Request): Answer {
  return answerAdoption(world, request) ?? answer(world, request);
}

/** `undefined` for what has nothing to do with adoption. */
function answerAdoption(world: World, request: Request): Answer | undefined {
  const { custom } = world;
  const at = PATH.exec(request.path)?.groups;
  if (at === undefined) return world.adoption ? custom.answer(request) : forbiddenCustom(world, request);
  if (!world.adoption) return undefined;
  const { namespace = '', resource = '', name = '' } = at;
  const kind = resource === 'secrets' ? 'Secret' : 'ConfigMap';
  const object = world.objects.get(kind, namespace, name);
  if (object === undefined) return notFound(resource, name);
  if (request.method === 'GET') return { status: 200, body: object };
  if (request.method !== 'PUT' || kind !== 'Secret') return forbidden(request.method.toLowerCase(), resource);
  const body = objectOf(request.body);
  const isClaimed = isHandedOver(object.metadata);
  if (!isClaimed && (!isOurs(object.metadata) || !isOurs((body['metadata'] ?? {}) as Json)))
    return deniedByPolicy(name);
  if (
    !isClaimed &&
    JSON.stringify(object.metadata['ownerReferences']) !==
      JSON.stringify(((body['metadata'] ?? {}) as Json)['ownerReferences'])
  ) {
    return deniedByPolicy(name);
  }
  if (object['immutable'] === true || object['type'] !== body['type']) {
    const causes = [{ reason: 'FieldValueForbidden', field: 'type', message: 'field is immutable' }];
    return status(422, 'Invalid', `Secret "${name}" is invalid`, { name, kind: 'Secret', causes });
  }
  const answer = update(world, object, body);
  if (answer.status === 200) world.objects.touched(object);
  return answer;
}

/** By the annotations of sealed-secrets, while nobody controls it. */
function isHandedOver(metadata: Json): boolean {
  const annotations = (metadata['annotations'] ?? {}) as Json;
  const isMarked = ['managed', 'patch'].some(
    (name) => annotations[`sealedsecrets.bitnami.com/${name}`] === 'true',
  );
  return isMarked && metadata['ownerReferences'] === undefined;
}

function isOurs(metadata: Json): boolean {
  return Object.hasOwn(metadata['labels'] ?? {}, LABEL);
}

function deniedByPolicy(name: string): Answer {
  return status(
    422,
    'Invalid',
    `secrets "${name}" is forbidden: ValidatingAdmissionPolicy 'latchkey-secrets' denied request`,
  );
}

function forbiddenCustom({ custom }: World, request: Request): Answer | undefined {
  const answer = custom.answer(request);
  return answer === undefined || answer.status === 404 ? answer : forbidden('list', 'externalsecrets');
}

const DEPLOYMENTS = '/apis/apps/v1/deployments';

/** What it answers to an administrator who runs a command: everything that commands ask. */
export function answerAdministrator(world: World, request: Request): Answer {
  const { namespace = '', resource = '', name = '' } = PATH.exec(request.path)?.groups ?? {};
  const object = resource === 'secrets' ? world.objects.get('Secret', namespace, name) : undefined;
  if (request.path === DEPLOYMENTS) {
    const wanted = /in \((.*)\)/.exec(request.query.get('labelSelector') ?? '')?.[1]?.split(',') ?? [];
    const items = world.objects
      .list('Deployment', undefined)
      .filter(({ metadata }) => wanted.includes(metadata.labels?.['app.kubernetes.io/name'] ?? ''));
    return { status: 200, body: { kind: 'DeploymentList', metadata: { resourceVersion: '1' }, items } };
  }
  if (resource !== 'secrets') return world.custom.answer(request) ?? notFound('resource', request.path);
  if (object === undefined) return notFound(resource, name);
  if (request.method === 'GET') return { status: 200, body: object };
  const isDryRun = request.query.get('dryRun') === 'All';
  return update(world, isDryRun ? structuredClone(object) : object, objectOf(request.body));
}
