import { isRecord, textAt } from '../../manifests/objects.ts';
import type { Path } from '../../manifests/node-path.ts';
import { quoted } from '../../quote.ts';
import { withoutEndSlashes } from '../../request/file-path.ts';
import { notConvertible } from '../definitions/meaning.ts';
import type { PlacedContainer } from './uses.ts';

/** Where a container sees a volume. */
export interface MountPlace {
  /** Absolute, without a slash at its end. */
  readonly path: string;
  /** The one file or directory of the volume that is there. */
  readonly subPath?: string;
}

/** A volume as its containers mount it: all of them in the same way. */
export interface Mounted {
  readonly containers: readonly string[];
  readonly mounts: readonly MountPlace[];
  /** Of every `volumeMounts` entry. */
  readonly paths: readonly Path[];
}

interface Placed extends MountPlace {
  readonly at: Path;
}

function placesIn(container: PlacedContainer, volume: string): readonly Placed[] {
  const mounts = container.value['volumeMounts'];
  return (Array.isArray(mounts) ? (mounts as readonly unknown[]) : []).flatMap((mount, index) => {
    const path = textAt(mount, 'mountPath');
    if (textAt(mount, 'name') !== volume || path === undefined || !isRecord(mount)) return [];
    if (textAt(mount, 'subPathExpr') !== undefined)
      throw notConvertible('subPathExpr is known only when the container starts', 'Write the path out.');
    const subPath = withoutEndSlashes(textAt(mount, 'subPath') ?? '');
    return [
      {
        path: withoutEndSlashes(path),
        ...(subPath === '' ? {} : { subPath }),
        at: [...container.path, 'volumeMounts', index],
      },
    ];
  });
}

function key(places: readonly Placed[]): string {
  return JSON.stringify(places.map(({ path, subPath }) => JSON.stringify([path, subPath ?? null])).sort());
}

/**
 * How the containers mount a volume.
 *
 * @throws LatchkeyError where none does, or where they do it in different ways
 */
export function mountedBy(containers: readonly PlacedContainer[], volume: string): Mounted {
  const found = containers
    .map((container) => ({ name: container.name, places: placesIn(container, volume) }))
    .filter(({ places }) => places.length > 0);
  const [first] = found;
  if (first === undefined) throw notConvertible('no container mounts the volume', 'Remove it.');
  const other = found.find(({ places }) => key(places) !== key(first.places));
  if (other !== undefined) {
    throw notConvertible(
      `containers ${quoted(first.name)} and ${quoted(other.name)} mount it in different ways, and files of annotations are the same in all containers`,
      'Mount it in the same places.',
    );
  }
  return {
    containers: found.map(({ name }) => name),
    mounts: first.places.map(({ at: _at, ...place }) => place),
    paths: found.flatMap(({ places }) => places.map(({ at }) => at)),
  };
}
