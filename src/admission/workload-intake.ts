import { isDeepStrictEqual } from 'node:util';

import { isRecord, type Json, type KubernetesObject, recordAt } from '../manifests/objects.ts';
import { type PodTemplate, podTemplateOf } from '../manifests/pod-templates.ts';
import { type StrayAnnotation, strayAnnotations } from '../manifests/stray-annotations.ts';
import { templatePod } from '../manifests/template-pod.ts';
import type { AdmissionRequest } from './review.ts';

/** What a workload that is applied says about the pods that it will make. */
export interface Workload {
  readonly template: PodTemplate<KubernetesObject>;
  /** Raw JSON: the pod that its controller would create. */
  readonly pod: Json;
  /** False where this update leaves the template as it was: then only the annotations around it are looked at. */
  readonly templateChanged: boolean;
  /** Annotations that stand on the workload and reach no pod. */
  readonly strays: readonly StrayAnnotation[];
}

/** Why a review needs no look at its workload, or the workload. */
export type WorkloadIntake =
  | { readonly kind: 'pass'; readonly reason: string }
  | { readonly kind: 'workload'; readonly workload: Workload };

/**
 * Reads a workload of a review; never throws, whatever the object is. One that a controller owns is left alone (it is that
 * controller's copy, checked where it came from), and so is one that is being deleted: refusing there keeps finalizers
 * from being removed.
 */
export function readWorkload(request: AdmissionRequest): WorkloadIntake {
  const template = templateIn(request, request.object);
  if (template === undefined || template.path.length === 0) return pass('no pod template');
  const metadata = recordAt(template.object.value, 'metadata');
  if (isOwned(metadata)) return pass('a controller owns it');
  if (isSet(metadata['deletionTimestamp'])) return pass('it is being deleted');
  const before = request.operation === 'UPDATE' ? templateIn(request, request.oldObject) : undefined;
  const strays = strayAnnotations(template);
  const templateChanged = !isSame(before?.value, template.value);
  if (before !== undefined && !templateChanged && isSame(strayAnnotations(before), strays)) {
    return pass('the template did not change');
  }
  const { json } = templatePod(template, request.namespace);
  return { kind: 'workload', workload: { template, pod: json, templateChanged, strays } };
}

function pass(reason: string): WorkloadIntake {
  return { kind: 'pass', reason };
}

/** The kind is that of the request: with `matchPolicy: Equivalent` the API server converts the object to it. */
function templateIn(
  { kind: { group, version, kind }, namespace, name }: AdmissionRequest,
  value: unknown,
): PodTemplate<KubernetesObject> | undefined {
  if (!isRecord(value)) return undefined;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return podTemplateOf({ apiVersion, kind, namespace, name: name === '' ? 'workload' : name, value });
}

function isOwned(metadata: Json): boolean {
  const owners = metadata['ownerReferences'];
  return Array.isArray(owners) && owners.some((owner) => isRecord(owner) && owner['controller'] === true);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Nesting that is too deep to be compared counts as a change. */
function isSame(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    return false;
  }
}
