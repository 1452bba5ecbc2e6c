import type { Path } from './node-path.ts';
import { isRecord, type Json, type KubernetesObject, type ManifestObject } from './objects.ts';

/** A pod, or the template of one, inside an object. */
export interface PodTemplate<O extends KubernetesObject = ManifestObject> {
  readonly object: O;
  /** Where it stands in the object; empty for a Pod. */
  readonly path: Path;
  /** `metadata` and `spec` as written. */
  readonly value: Json;
}

interface Workload {
  /** API groups; '' is core. */
  readonly groups: readonly string[];
  readonly path: readonly string[];
}

const SPEC_TEMPLATE: readonly string[] = ['spec', 'template'];

// Every kind that makes pods and that people write. What else has a template of its own is left to who knows it.
const WORKLOADS: ReadonlyMap<string, Workload> = new Map<string, Workload>([
  ['Pod', { groups: [''], path: [] }],
  ['PodTemplate', { groups: [''], path: ['template'] }],
  ['ReplicationController', { groups: [''], path: SPEC_TEMPLATE }],
  ['Deployment', { groups: ['apps', 'extensions'], path: SPEC_TEMPLATE }],
  ['ReplicaSet', { groups: ['apps', 'extensions'], path: SPEC_TEMPLATE }],
  ['DaemonSet', { groups: ['apps', 'extensions'], path: SPEC_TEMPLATE }],
  ['StatefulSet', { groups: ['apps'], path: SPEC_TEMPLATE }],
  ['Job', { groups: ['batch'], path: SPEC_TEMPLATE }],
  ['CronJob', { groups: ['batch'], path: ['spec', 'jobTemplate', ...SPEC_TEMPLATE] }],
  ['Rollout', { groups: ['argoproj.io'], path: SPEC_TEMPLATE }],
]);

/** The pod template of an object; undefined for kinds without one, and for a workload that lacks it. */
export function podTemplateOf<O extends KubernetesObject>(object: O): PodTemplate<O> | undefined {
  const workload = workloadOf(object);
  if (workload === undefined) return undefined;
  let value: unknown = object.value;
  for (const step of workload.path)
    value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return isRecord(value) ? { object, path: workload.path, value } : undefined;
}

function workloadOf(object: KubernetesObject): Workload | undefined {
  const workload = WORKLOADS.get(object.kind);
  const slash = object.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : object.apiVersion.slice(0, slash);
  return workload?.groups.includes(group) === true ? workload : undefined;
}
