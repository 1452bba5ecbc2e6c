// PURE which managed Secrets a pod needs.

import { readSecretName } from '../delivery/secret-name.ts';
import { record } from '../kubernetes/json.ts';

/** A pod's spec nests about ten deep. */
const MAX_DEPTH = 40;

/**
 * The names in a pod's spec that are those of managed Secrets, wherever they stand: variables, `envFrom`, volumes,
 * projected sources, and whatever field a later Kubernetes invents. One too many keeps a Secret; one too few breaks a pod.
 */
export function secretsOfPod(pod: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  if (!isDone(pod)) collect(record(pod)['spec'], names, 0);
  return names;
}

/** Where it is: `namespace/name`, which neither part can contain. */
export function placeOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Adds the {@link placeOf} of all that a pod needs. */
export function addSecretsOfPod(pod: unknown, places: Set<string>): void {
  const { namespace } = record(record(pod)['metadata']);
  if (typeof namespace !== 'string') return;
  for (const name of secretsOfPod(pod)) places.add(placeOf({ namespace, name }));
}

/**
 * A pod that ended needs nothing more. One that has a controller still counts: while AWS is away, the next pod of its
 * revision is given the Secret that it carries; its Secret goes with its controller.
 */
function isDone(pod: unknown): boolean {
  const { metadata, status } = record(pod);
  const { phase } = record(status);
  if (phase !== 'Succeeded' && phase !== 'Failed') return false;
  const { ownerReferences } = record(metadata);
  return !(
    Array.isArray(ownerReferences) && ownerReferences.some((owner) => record(owner)['controller'] === true)
  );
}

function collect(value: unknown, names: Set<string>, depth: number): void {
  if (typeof value === 'string') {
    if (readSecretName(value) !== undefined) names.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
  for (const part of Object.values(value)) collect(part, names, depth + 1);
}
