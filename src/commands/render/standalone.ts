import type { Path } from '../../manifests/node-path.ts';
import { isRecord, type Json, recordAt, textAt } from '../../manifests/objects.ts';
import { INJECTION } from '../../names.ts';
import { mergeable } from './mergeable.ts';
import type { Rendered } from './rendered.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

// What the API server and the controllers beside it write: nobody's to apply.
const SERVER_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
];
const SERVER_ANNOTATIONS = [
  LAST_APPLIED,
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
];
/** A Job that is created with another one's is refused. */
const JOB_LABELS = [
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
];
/** Rendering names a template's pod. */
const TEMPLATE_NAMES = ['name', 'generateName', 'namespace', 'creationTimestamp'];

/**
 * A workload that needs no webhook, to be applied, and before it the managed Secret where one had to be made. Its template
 * is the pod as the webhook admits it, and opts out by a label, which selectors see while no webhook answers.
 */
export function standalone({ pod, after, secrets }: Rendered): readonly Json[] {
  const { object, path } = pod.template;
  const admitted = optedOut({ ...after, spec: mergeable(after['spec'], pod.json['spec']) });
  const workload = path.length === 0 ? admitted : replacedAt(object.value, path, templateOf(admitted));
  const owner = ownerOf(pod.template.object);
  return [...secrets.map((secret) => ownedBy(secret, owner)), asWritten(workload)];
}

function templateOf({ metadata, spec }: Json): Json {
  const labels = without(recordAt({ metadata }, 'metadata')['labels'], JOB_LABELS);
  return { metadata: { ...without(metadata, TEMPLATE_NAMES), labels }, spec };
}

function optedOut(pod: Json): Json {
  const metadata = recordAt(pod, 'metadata');
  const labels = { ...recordAt(metadata, 'labels'), [INJECTION]: 'disabled' };
  return { ...pod, metadata: { ...metadata, labels } };
}

function replacedAt(value: Json, [step, ...rest]: Path, replacement: Json): Json {
  const key = String(step);
  const below = rest.length === 0 ? replacement : replacedAt(recordAt(value, key), rest, replacement);
  return { ...value, [key]: below };
}

/** As its author could have written it, so that `kubectl apply` keeps it as what was asked for. */
function asWritten(object: Json): Json {
  const metadata = without(recordAt(object, 'metadata'), [...SERVER_METADATA, 'annotations', 'labels']);
  const labels = without(recordAt(recordAt(object, 'metadata'), 'labels'), JOB_LABELS);
  const annotations = without(recordAt(recordAt(object, 'metadata'), 'annotations'), SERVER_ANNOTATIONS);
  const spec = without(recordAt(object, 'spec'), [
    ...(isAutoscaled(object) ? ['replicas'] : []),
    ...(hasMadeSelector(object) ? ['selector'] : []),
  ]);
  return {
    apiVersion: object['apiVersion'],
    kind: object['kind'],
    ...without(object, ['apiVersion', 'kind', 'status']),
    metadata: { ...metadata, ...unlessEmpty({ labels }), ...unlessEmpty({ annotations }) },
    spec,
  };
}

/**
 * Whether its author leaves the number of replicas to others. Once applied it would count as the author's, and the next
 * manifest without it would set it to one.
 */
function isAutoscaled(object: Json): boolean {
  const applied = textAt(recordAt(recordAt(object, 'metadata'), 'annotations'), LAST_APPLIED);
  if (applied === undefined) return false;
  try {
    return recordAt(JSON.parse(applied), 'spec')['replicas'] === undefined;
  } catch {
    return false;
  }
}

function hasMadeSelector(object: Json): boolean {
  return object['kind'] === 'Job' && recordAt(object, 'spec')['manualSelector'] !== true;
}

/** A workload that is in the cluster and can be changed there; Jobs and Pods are made anew, with another uid. */
function ownerOf({ apiVersion, kind, name, value }: Rendered['pod']['template']['object']): Json | undefined {
  const uid = textAt(recordAt(value, 'metadata'), 'uid');
  return uid === undefined || kind === 'Job' || kind === 'Pod' ? undefined : { apiVersion, kind, name, uid };
}

/** The ReplicaSet or Job that would own it is not made yet, and what names an owner that is not there is collected. */
function ownedBy(secret: Json, owner: Json | undefined): Json {
  const metadata = without(recordAt(secret, 'metadata'), ['ownerReferences']);
  const ownerReferences = owner === undefined ? {} : { ownerReferences: [owner] };
  return { ...secret, metadata: { ...metadata, ...ownerReferences } };
}

function unlessEmpty(field: Readonly<Record<string, Json>>): Json {
  return Object.values(field).some((value) => Object.keys(value).length > 0) ? field : {};
}

function without(value: unknown, names: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter(([name]) => !names.includes(name)),
  );
}
