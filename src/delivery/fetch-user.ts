import type { Plan } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import { allContainers, effectiveUser } from './users.ts';
import type { EffectiveUser } from './users.ts';

/** The user that the image of `latchkey fetch` names. */
export const IMAGE_USER = 65532;

/** Whom our init containers run as. */
export interface FetchUser {
  /** Who owns what `fetch` writes. */
  readonly user: number;
  readonly group?: number;
  /** What the container says of it; empty where the image decides. */
  readonly securityContext: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly runAsNonRoot: boolean;
  };
}

/**
 * The targets' common user where there is one: then they own the files, and the kubelet still gives the pod's token to
 * that one user (0600), which a container with a user of its own would change for the whole pod.
 */
export function fetchUser(pod: Pod, plan: Plan): FetchUser {
  const names = new Set([...plan.targets, ...plan.inPlace.map(({ container }) => container)]);
  const users = allContainers(pod)
    .filter(({ name }) => names.has(name))
    .map((container) => effectiveUser(pod, container));
  const user = common(users, 'user');
  if (user !== undefined) {
    const group = common(users, 'group');
    const shared = group === undefined ? {} : { runAsGroup: group };
    const securityContext = { runAsUser: user, ...shared, runAsNonRoot: user !== 0 };
    return { user, ...(group === undefined ? {} : { group }), securityContext };
  }
  // A user of the pod that some targets override would be ours as well; it may be root.
  const inherits = pod.spec.securityContext?.runAsUser !== undefined;
  return {
    user: IMAGE_USER,
    securityContext: { ...(inherits ? { runAsUser: IMAGE_USER } : {}), runAsNonRoot: true },
  };
}

function common(users: readonly EffectiveUser[], field: 'user' | 'group'): number | undefined {
  const [first] = users;
  return first !== undefined && users.every((other) => other[field] === first[field])
    ? first[field]
    : undefined;
}
