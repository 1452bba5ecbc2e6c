import { VOLUME_FILES, VOLUME_PATHS } from '../names.ts';
import { isOurVariable } from '../request/ours.ts';
import type { Plan, Slot } from '../request/plan.ts';
import type { Pod, Volume, VolumeMount } from '../request/pod.ts';
import { compareSlots, dataKey } from '../request/slot.ts';
import type { Delivered } from './delivery.ts';
import { deliveryAnnotations } from './delivery.ts';
import { fileAccess, SECRET_VOLUME } from './file-access.ts';
import { isAbsolute, pathNames } from './path-names.ts';
import { reconcile } from './reconcile.ts';
import type { Status } from './status.ts';
import { wantedContainers } from './wanted-containers.ts';

export interface SecretOptions {
  /** The managed Secret: this pod's own, or a sibling's. */
  readonly secretName: string;
  /** The slots that the Secret has values for. Optional ones may be missing; members of bulks are here. */
  readonly slots: readonly Slot[];
  readonly status: Status;
}

type FileSlot = Extract<Slot, { kind: 'file' }>;

/**
 * Delivers through a managed Secret in the pod's namespace: variables by `secretKeyRef`, files by `secret` volumes. No
 * value is in the patch.
 * @returns problems LK-CONFLICT, LK-RESERVED, LK-MODE
 */
export function deliverSecret(pod: Pod, plan: Plan, options: SecretOptions): Delivered {
  const { secretName, status } = options;
  const slots = [...options.slots].sort(compareSlots);
  const given = new Set(slots.map(dataKey));
  const { volumes, mounts } = fileVolumes(plan, slots, secretName);
  const containers = wantedContainers(plan, {
    slots,
    mounts,
    isOurs: isOurVariable,
    // An optional in-place entry without a value stays in its place; the kubelet then leaves the variable out.
    write: (slot) => {
      const key = dataKey(slot);
      const ref = { name: secretName, key };
      return { valueFrom: { secretKeyRef: given.has(key) ? ref : { ...ref, optional: true } } };
    },
  });
  const annotations = deliveryAnnotations(plan, status);
  const { operations, problems } = reconcile(pod, { annotations, volumes, initContainers: [], containers });
  const access = volumes.length === 0 ? { problems: [], warnings: [] } : fileAccess(pod, plan, SECRET_VOLUME);
  const all = [...problems, ...access.problems];
  return { operations: all.length > 0 ? [] : operations, problems: all, warnings: access.warnings };
}

interface FileVolumes {
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
}

function fileVolumes(plan: Plan, slots: readonly Slot[], secretName: string): FileVolumes {
  const files = slots.filter((slot): slot is FileSlot => slot.kind === 'file');
  const names = pathNames(plan.items);
  const below = files.filter(({ path }) => !isAbsolute(path));
  const alone = files.filter(({ path }) => isAbsolute(path));
  const item = (slot: FileSlot, path: string) => ({
    key: dataKey(slot),
    path,
    mode: slot.mode ?? plan.fileMode,
  });
  const nameOf = (slot: FileSlot) => names.get(slot.path) ?? dataKey(slot);
  return {
    volumes: [
      ...secretVolume(
        VOLUME_FILES,
        secretName,
        below.map((slot) => item(slot, slot.path)),
      ),
      ...secretVolume(
        VOLUME_PATHS,
        secretName,
        alone.map((slot) => item(slot, nameOf(slot))),
      ),
    ],
    mounts: [
      ...(below.length === 0 ? [] : [{ name: VOLUME_FILES, mountPath: plan.mountPath, readOnly: true }]),
      // A subPath mount puts one file exactly there and leaves its neighbours in the image alone.
      ...alone.map((slot) => ({
        name: VOLUME_PATHS,
        mountPath: slot.path,
        subPath: nameOf(slot),
        readOnly: true,
      })),
    ],
  };
}

function secretVolume(name: string, secretName: string, items: readonly unknown[]): readonly Volume[] {
  return items.length === 0 ? [] : [{ name, secret: { secretName, items } }];
}
