import type { Problem } from '../errors.ts';
import { VOLUME_ENV, VOLUME_FILES, VOLUME_PATHS, VOLUME_TOKEN } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import { withoutEndSlashes } from '../request/file-path.ts';
import type { VolumeMount } from '../request/pod.ts';
import { converge } from './converge.ts';
import type { ListEdit } from './operations.ts';

type Mounts = ListEdit<VolumeMount>;

/** Volumes that hold variables or the token: no container but ours may look into them. */
const PRIVATE: readonly string[] = [VOLUME_ENV, VOLUME_TOKEN];
const SHARED: readonly string[] = [VOLUME_FILES, VOLUME_PATHS];

/** Appends the mounts of a container and takes away those of an earlier delivery that nobody asks for any more. */
export function reconcileMounts(
  mounts: Mounts,
  wanted: readonly VolumeMount[],
  container: string,
): readonly Problem[] {
  const problems = privateMounts(mounts.now, PRIVATE, container);
  for (let index = mounts.now.length - 1; index >= 0; index -= 1) {
    const mount = mounts.now[index];
    if (mount !== undefined && SHARED.includes(mount.name) && !wanted.some((other) => isSame(other, mount))) {
      mounts.remove(index);
    }
  }
  return [...problems, ...wanted.flatMap((mount) => putMount(mounts, mount, container))];
}

/** Mounts of volumes that are for our init containers alone. */
export function privateMounts(
  mounts: readonly VolumeMount[],
  volumes: readonly string[],
  container: string,
): readonly Problem[] {
  return mounts.filter(({ name }) => volumes.includes(name)).map(({ name }) => privateMount(name, container));
}

function putMount(mounts: Mounts, wanted: VolumeMount, container: string): readonly Problem[] {
  const index = mounts.now.findIndex((mount) => isSame(mount, wanted));
  const found = mounts.now[index];
  if (found !== undefined) {
    mounts.within(converge(mounts.at(index), { ...wanted }, { ...found }));
    return [];
  }
  // The API server refuses two mounts with one path, in words that don't tell who put the second one there.
  const taken = mounts.now.find(
    (mount) => withoutEndSlashes(mount.mountPath) === withoutEndSlashes(wanted.mountPath),
  );
  if (taken !== undefined) return [takenPath(wanted, taken, container)];
  mounts.append(wanted);
  return [];
}

function isSame(a: VolumeMount, b: VolumeMount): boolean {
  return a.name === b.name && a.mountPath === b.mountPath;
}

function takenPath({ mountPath }: VolumeMount, taken: VolumeMount, container: string): Problem {
  return {
    code: 'LK-CONFLICT',
    place: `container ${printable(container)}, mount ${printable(mountPath)}`,
    field: 'metadata.annotations[latchkey.dev/mount-path]',
    message: `the volume ${quoted(taken.name)} is already mounted at ${quoted(mountPath)}`,
    remedy:
      'Choose another path with latchkey.dev/mount-path or in latchkey.dev/files, or mount that volume elsewhere.',
  };
}

function privateMount(volume: string, container: string): Problem {
  return {
    code: 'LK-RESERVED',
    place: `container ${printable(container)}, mount of ${volume}`,
    field: 'spec.volumes',
    message: `only the init container of Latchkey may mount the volume ${volume}`,
    remedy: 'Remove the mount. The container gets its variables and files without it.',
  };
}
