// The volumes that the Secrets Store CSI driver would fill, filled without it: the volume keeps its name and its mounts, and
// only what is behind it becomes another.

import { CONTAINER_VOLUMES, FETCH_VOLUMES_ROOT } from '../names.ts';
import { VOLUMES_ANNOTATION, volumesText } from '../request/class-volumes.ts';
import type { Plan, PlanVolume, Slot } from '../request/plan.ts';
import type { Pod, Volume } from '../request/pod.ts';
import { compareSlots, dataKey } from '../request/slot.ts';
import type { Delivered } from './delivery.ts';
import { fetchContainer, memoryVolume, tokenVolume } from './fetch-container.ts';
import { fetchUser } from './fetch-user.ts';
import { fileAccess, SECRET_VOLUME, writtenBy } from './file-access.ts';
import { memoryProblems } from './memory-limits.ts';
import { containerOptions, encodedPlan, type MemoryOptions } from './prepare-fetch.ts';
import { reconcileClassVolumes } from './reconcile-class-volumes.ts';
import type { SecretOptions } from './secret.ts';

/** A plan whose files belong into volumes of the pod. */
export type VolumesPlan = Plan & { readonly volumes: readonly PlanVolume[] };

export function fillsVolumes(plan: Plan): plan is VolumesPlan {
  return plan.volumes !== undefined;
}

/**
 * Fills them with memory volumes that an init container of ours writes into, with the pod's own identity.
 * @returns problems LK-WINDOWS, LK-MODE, LK-LIMIT, LK-RESERVED
 */
export function deliverVolumes(pod: Pod, plan: VolumesPlan, options: MemoryOptions): Delivered {
  const user = fetchUser(pod, plan);
  const access = fileAccess(pod, plan, writtenBy(user));
  const encoded = encodedPlan(plan, { filesRoot: FETCH_VOLUMES_ROOT }, options);
  const refused = [
    ...memoryProblems(pod, plan),
    ...access.problems,
    ...(typeof encoded === 'string' ? [] : [encoded]),
  ];
  if (refused.length > 0 || typeof encoded !== 'string')
    return { operations: [], problems: refused, warnings: [] };
  const { webIdentity } = options;
  const filled = plan.volumes.filter(({ volume }) => hasFiles(plan, volume));
  const mounts = filled.map(({ volume }) => ({ name: volume, mountPath: `${FETCH_VOLUMES_ROOT}/${volume}` }));
  const fetch = { name: CONTAINER_VOLUMES, mounts, pod, user, encodedPlan: encoded } as const;
  const isNeeded = filled.length > 0;
  const { operations, problems } = reconcileClassVolumes(pod, {
    annotations: new Map([[VOLUMES_ANNOTATION, volumesText(plan)]]),
    replaced: plan.volumes.map(({ volume }) => memoryVolume(volume)),
    added:
      isNeeded && webIdentity !== undefined ? [tokenVolume(CONTAINER_VOLUMES, webIdentity.audience)] : [],
    initContainers: isNeeded ? [fetchContainer(containerOptions(plan, options, fetch))] : [],
  });
  return { operations, problems, warnings: problems.length > 0 ? [] : access.warnings };
}

/**
 * Fills them with `secret` volumes of the managed Secret.
 * @returns problems LK-MODE, LK-RESERVED
 */
export function deliverSecretVolumes(pod: Pod, plan: VolumesPlan, options: SecretOptions): Delivered {
  const { secretName, slots, status } = options;
  const access = fileAccess(pod, plan, SECRET_VOLUME);
  const carried = { ...plan, ...(status.nonce === undefined ? {} : { nonce: status.nonce }) };
  const { operations, problems } = reconcileClassVolumes(pod, {
    annotations: new Map([[VOLUMES_ANNOTATION, volumesText(carried)]]),
    replaced: plan.volumes.map((wanted) => secretVolume(wanted, { slots, secretName, mode: plan.fileMode })),
    added: [],
    initContainers: [],
  });
  const all = [...problems, ...access.problems];
  return { operations: all.length > 0 ? [] : operations, problems: all, warnings: access.warnings };
}

interface Content {
  readonly slots: readonly Slot[];
  readonly secretName: string;
  readonly mode: number;
}

function secretVolume({ volume }: PlanVolume, { slots, secretName, mode }: Content): Volume {
  const items = [...slots]
    .sort(compareSlots)
    .flatMap((slot) =>
      slot.kind === 'file' && slot.path.startsWith(`${volume}/`)
        ? [{ key: dataKey(slot), path: slot.path.slice(volume.length + 1), mode: slot.mode ?? mode }]
        : [],
    );
  // Without items the kubelet would put every key of the Secret there.
  return items.length === 0 ? memoryVolume(volume) : { name: volume, secret: { secretName, items } };
}

function hasFiles({ items }: Plan, volume: string): boolean {
  return items.some(({ slot }) => slot.kind === 'file' && slot.path.startsWith(`${volume}/`));
}
