// Files go where nothing else is mounted: below a mount of somebody else's they would hide, or fail to be hidden by, it.

import { LatchkeyError } from '../errors.ts';
import { PREFIX, VOLUME_FILES, VOLUME_PATHS } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import type { PlacedContainer } from './containers.ts';
import { relationOf } from './file-path.ts';
import type { Bulk, Item, Place, Plan } from './plan.ts';
import type { Problems } from './problems.ts';
import { annotationPlace, attempt } from './problems.ts';

interface Mounted {
  readonly path: string;
  /** In words: `container "app" mounts "/data"`. */
  readonly who: string;
}

function mountsOf(targets: readonly PlacedContainer[]): readonly Mounted[] {
  const seen = new Map<string, Mounted>();
  for (const { container } of targets) {
    for (const { name, mountPath: path } of container.volumeMounts ?? []) {
      if (name === VOLUME_FILES || name === VOLUME_PATHS || seen.has(path)) continue;
      seen.set(path, { path, who: `container ${quoted(container.name)} mounts ${quoted(path)}` });
    }
  }
  return [...seen.values()];
}

function checkApart(path: string, mounts: readonly Mounted[], remedy: string): void {
  const other = mounts.find(
    (mount) => mount.path.startsWith('/') && relationOf(path, mount.path) !== 'apart',
  );
  if (other === undefined) return;
  const how = { same: 'there', above: 'below it', below: 'above it', apart: '' }[
    relationOf(path, other.path)
  ];
  throw new LatchkeyError('LK-CONFLICT', `${printable(path)}: ${other.who}, ${how}`, remedy);
}

function checkAbsolute(path: string, mountPath: string | undefined, mounts: readonly Mounted[]): void {
  if (mountPath !== undefined && relationOf(path, mountPath) !== 'apart') {
    throw new LatchkeyError(
      'LK-CONFLICT',
      `the path is not apart from the mount path ${printable(mountPath)}`,
      `Write it relative to the mount path, or choose another ${PREFIX}mount-path.`,
    );
  }
  checkApart(path, mounts, 'Choose a path that is in no other mount of the container.');
}

type Asked = Pick<Plan, 'mountPath'> & { readonly items: readonly Item[]; readonly bulks: readonly Bulk[] };

/** Reports files that lie at, below or above another mount of a container that gets them. */
export function checkMounts(asked: Asked, targets: readonly PlacedContainer[], problems: Problems): void {
  const files = asked.items.flatMap(({ slot, place }) =>
    slot.kind === 'file' ? [{ path: slot.path, place }] : [],
  );
  const usesMountPath =
    files.some(({ path }) => !path.startsWith('/')) || asked.bulks.some(({ kind }) => kind === 'file');
  const absolute = files.filter(({ path }) => path.startsWith('/'));
  if (!usesMountPath && absolute.length === 0) return;
  const mounts = mountsOf(targets);
  const check = (place: Place, step: () => void): void => {
    attempt(problems, place, step);
  };
  if (usesMountPath) {
    const remedy = `Choose another directory with ${PREFIX}mount-path.`;
    check(annotationPlace('mount-path'), () => checkApart(asked.mountPath, mounts, remedy));
  }
  const mountPath = usesMountPath ? asked.mountPath : undefined;
  for (const { path, place } of absolute) check(place, () => checkAbsolute(path, mountPath, mounts));
}
