import type { Container, Pod } from '../request/pod.ts';

/** What a pod says about the user that a container runs as; what it leaves open is the image's business. */
export interface EffectiveUser {
  readonly user?: number;
  readonly group?: number;
  /** The kubelet refuses to start the container as root. */
  readonly isNeverRoot: boolean;
}

export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/** The container's own security context wins over the pod's, field by field. */
export function effectiveUser(pod: Pod, container: Container): EffectiveUser {
  const { runAsUser, runAsGroup, runAsNonRoot } = {
    ...pod.spec.securityContext,
    ...container.securityContext,
  };
  return {
    ...(runAsUser === undefined ? {} : { user: runAsUser }),
    ...(runAsGroup === undefined ? {} : { group: runAsGroup }),
    isNeverRoot: runAsNonRoot ?? false,
  };
}
