import { type Json, type KubernetesObject, type ManifestObject, recordAt } from './objects.ts';
import type { PodTemplate } from './pod-templates.ts';

/** A pod as the webhook would see it, as far as its template tells. */
export interface TemplatePod<O extends KubernetesObject = ManifestObject> {
  readonly template: PodTemplate<O>;
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** Raw JSON: a Pod as it stands, or the one that the workload's controller would make of its template. */
  readonly json: Json;
}

/** @param defaultNamespace that of objects which name none */
export function templatePod<O extends KubernetesObject>(
  template: PodTemplate<O>,
  defaultNamespace: string,
): TemplatePod<O> {
  const namespace = template.object.namespace ?? defaultNamespace;
  const serviceAccountName = recordAt(template.value, 'spec')['serviceAccountName'];
  return {
    template,
    namespace,
    // ServiceAccount admission sets it before webhooks are called.
    serviceAccountName:
      typeof serviceAccountName === 'string' && serviceAccountName !== '' ? serviceAccountName : 'default',
    json: template.path.length === 0 ? template.value : madeOf(template, namespace),
  };
}

function madeOf({ object, value }: PodTemplate<KubernetesObject>, namespace: string): Json {
  const metadata = recordAt(value, 'metadata');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: generateName(object), namespace, ...withoutNames(metadata) },
    spec: value['spec'],
  };
}

/** A Deployment's pods are named after its ReplicaSet; the hash between is not known from a manifest. */
function generateName(object: KubernetesObject): string {
  return `${object.name}-`;
}

function withoutNames(metadata: Json): Json {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !['name', 'generateName', 'namespace'].includes(key)),
  );
}
