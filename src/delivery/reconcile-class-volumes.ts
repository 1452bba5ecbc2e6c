import type { Problem } from '../errors.ts';
import type { Container, Pod, Volume, VolumeMount } from '../request/pod.ts';
import type { OurContainer } from './desired.ts';
import type { ListEdit, Operation } from './operations.ts';
import { editList, setAnnotations } from './operations.ts';
import { reconcileInitContainers } from './reconcile-init-containers.ts';
import type { Reconciled } from './reconcile.ts';
import { isReserved } from './reserved.ts';
import { privateMounts } from './reconcile-mounts.ts';
import { bringUpToDate, reconcileVolumes } from './reconcile-volumes.ts';

/** What a pod has once its CSI volumes are filled: the same for a fresh pod and for one that already is as wanted. */
export interface DesiredVolumes {
  readonly annotations: ReadonlyMap<string, string | undefined>;
  /** What stands in the place of each volume, under the same name. */
  readonly replaced: readonly Volume[];
  /** Volumes of ours beside them. */
  readonly added: readonly Volume[];
  readonly initContainers: readonly OurContainer[];
}

/**
 * The operations that take a pod to this, in an order in which they apply to exactly this pod. Of the containers only one
 * thing is changed: that they can write into these volumes, which they could not with the driver.
 */
export function reconcileClassVolumes(
  pod: Pod,
  { annotations, replaced, added, initContainers }: DesiredVolumes,
): Reconciled {
  const { containers, initContainers: inits, volumes = [] } = pod.spec;
  const names = new Set(replaced.map(({ name }) => name));
  const readOnly = (path: string, list: readonly Container[]): readonly Operation[] =>
    list.flatMap((container, index) =>
      isReserved(container.name)
        ? []
        : readOnlyMounts(`${path}/${String(index)}/volumeMounts`, container.volumeMounts, names),
    );
  const edit = editList('/spec/volumes', volumes);
  for (const volume of replaced) replace(edit, volume);
  // In this order: what comes last shifts the init containers' places.
  const ours = [
    reconcileVolumes(edit.now, added, 'volumes'),
    reconcileInitContainers(pod, initContainers, 'volumes'),
  ];
  const tokens = added.map(({ name }) => name);
  const problems: readonly Problem[] = [
    ...ours.flatMap((part) => part.problems),
    ...[...containers, ...(inits ?? [])]
      .filter(({ name }) => !isReserved(name))
      .flatMap(({ name, volumeMounts }) => privateMounts(volumeMounts ?? [], tokens, name)),
  ];
  if (problems.length > 0) return { operations: [], problems };
  return {
    operations: [
      ...readOnly('/spec/containers', containers),
      ...readOnly('/spec/initContainers', inits ?? []),
      ...edit.operations(),
      ...ours.flatMap((part) => part.operations),
      ...setAnnotations(pod.metadata.annotations, annotations),
    ],
    problems,
  };
}

function replace(volumes: ListEdit<Volume>, wanted: Volume): void {
  const index = volumes.now.findIndex(({ name }) => name === wanted.name);
  const found = volumes.now[index];
  if (found !== undefined) bringUpToDate(volumes, index, { wanted, found });
}

function readOnlyMounts(
  path: string,
  mounts: readonly VolumeMount[] | undefined,
  volumes: ReadonlySet<string>,
): readonly Operation[] {
  return (mounts ?? []).flatMap((mount, index): readonly Operation[] =>
    volumes.has(mount.name) && mount.readOnly !== true
      ? [{ op: 'add', path: `${path}/${String(index)}/readOnly`, value: true }]
      : [],
  );
}
