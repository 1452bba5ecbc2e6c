// What amazon-eks-pod-identity-webhook leaves on a pod, and what its old releases break.

import type { Problem } from '../errors.ts';
import { CONTAINER_FETCH } from '../names.ts';
import { printable } from '../quote.ts';
import type { Container, EnvVar, Pod, VolumeMount } from '../request/pod.ts';
import { allContainers } from './users.ts';

const VOLUME = 'eks-pod-identity-token';
const VARIABLES: readonly string[] = [
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** What a container needs to use the pod's EKS Pod Identity. */
export interface PodIdentity {
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
}

const NONE: PodIdentity = { env: [], mounts: [] };

/**
 * The EKS Pod Identity that the pod already has, as one of its containers got it. Which service accounts have one is
 * known to EKS alone, so a pod that has not been through that webhook yet shows nothing; our container then gets it from
 * there like every other.
 */
export function podIdentity(pod: Pod): PodIdentity {
  if (pod.spec.volumes?.some(({ name }) => name === VOLUME) !== true) return NONE;
  const found = allContainers(pod)
    .map(identityOf)
    .find(({ env, mounts }) => env.length === VARIABLES.length && mounts.length > 0);
  return found ?? NONE;
}

function identityOf(container: Container): PodIdentity {
  const env = VARIABLES.flatMap((name) => {
    const value = container.env?.find((entry) => entry.name === name)?.value;
    return value === undefined ? [] : [{ name, value }];
  });
  const mounts = (container.volumeMounts ?? [])
    .filter(({ name }) => name === VOLUME)
    .slice(0, 1)
    .map(({ name, mountPath }) => ({ name, mountPath, readOnly: true }));
  return { env, mounts };
}

/**
 * pod-identity-webhook up to 0.6.8 writes whole containers back through types that do not know `fileKeyRef`: on a pod that
 * we have been at, variables of ours are left with `valueFrom: {}`. The API server would refuse the pod without naming
 * the cause.
 */
export function lostVariables(pod: Pod): readonly Problem[] {
  if (pod.spec.initContainers?.some(({ name }) => name === CONTAINER_FETCH) !== true) return [];
  return allContainers(pod).flatMap((container) =>
    (container.env ?? [])
      .filter(({ valueFrom }) => valueFrom !== undefined && Object.keys(valueFrom).length === 0)
      .map((entry) => lost(container.name, entry.name)),
  );
}

function lost(container: string, variable: string): Problem {
  return {
    code: 'LK-FEATURE',
    place: `container ${printable(container)}, env ${printable(variable)}`,
    field: 'metadata.annotations[latchkey.dev/delivery]',
    message:
      'another webhook dropped fileKeyRef from the variable that Latchkey added; amazon-eks-pod-identity-webhook up to 0.6.8 does so',
    remedy: 'Update that webhook, or use delivery secret, or ask for files.',
  };
}
