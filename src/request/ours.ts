// What of a pod is ours is decided by its shape alone, never by an annotation: annotations are the author's free text.

import {
  CONTAINER_FETCH,
  CONTAINER_GUARD,
  CONTAINER_VOLUMES,
  RESERVED_PREFIX,
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
} from '../names.ts';
import type { Slot } from './plan.ts';
import type { Container, EnvVar } from './pod.ts';
import { dataKey } from './slot.ts';

function ourKey(entry: EnvVar): string | undefined {
  const secret = entry.valueFrom?.secretKeyRef;
  if (secret?.name?.startsWith(RESERVED_PREFIX) === true) return secret.key;
  const file = entry.valueFrom?.fileKeyRef;
  return file?.volumeName === VOLUME_ENV ? file.key : undefined;
}

/** Whether a container's variable is what `secret` or `memory` delivery writes for this slot. */
export function isOurVariable(entry: EnvVar, slot: Slot): boolean {
  const key = ourKey(entry);
  // The common case costs no hashing: a foreign variable has no key of ours at all.
  return key !== undefined && key === dataKey(slot);
}

/** Whether this is one of the containers that `memory` delivery adds. */
export function isOurContainer(container: Pick<Container, 'name'>): boolean {
  return [CONTAINER_FETCH, CONTAINER_GUARD, CONTAINER_VOLUMES].some((name) => name === container.name);
}

function carriesVariable(entry: EnvVar): boolean {
  return ourKey(entry)?.startsWith('env.') === true;
}

/**
 * Whether a container got `env` items, members or files in an earlier round. In-place values do not count: they are
 * delivered to the container that asks, target or not.
 */
export function carriesDelivery(container: Container): boolean {
  if (isOurContainer(container)) return false;
  const mounts = container.volumeMounts ?? [];
  return (
    (container.env ?? []).some(carriesVariable) ||
    mounts.some((mount) => mount.name === VOLUME_FILES || mount.name === VOLUME_PATHS)
  );
}
