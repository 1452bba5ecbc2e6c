import { quoted } from '../../quote.ts';
import { type Meaning, type Members, notConvertible } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import type { MountPlace } from './mounts.ts';
import type { VolumeItem, VolumeSource, VolumeUse } from './uses.ts';
import {
  type DirectoryWish,
  type FileWish,
  type Meanings,
  NO_WISHES,
  ofSeveral,
  optionally,
  optionalMembers,
  withDifferences,
  type Wishes,
} from './wishes.ts';

/** Write permission for group and others, and the bits above: nothing that a secret file has. */
const REFUSED_BITS = 0o7022;

/** Every file that a volume brings into a container that mounts it so. */
export function volumeWishes(use: VolumeUse, mounts: readonly MountPlace[], meanings: Meanings): Wishes {
  const { sources, defaultMode } = use;
  const files: FileWish[] = [];
  const directories: DirectoryWish[] = [];
  const modes: number[] = [];
  const allowed = (mode: number): number => {
    modes.push(mode);
    return mode & ~REFUSED_BITS;
  };
  for (const source of sources) {
    const { items, members } = contentOf(source, meanings);
    files.push(
      ...mounts.flatMap((mount) =>
        items.flatMap(({ item, meaning }): readonly FileWish[] => {
          const path = fileIn(mount, item.path);
          return path === undefined ? [] : [{ ...path, mode: allowed(item.mode ?? defaultMode), meaning }];
        }),
      ),
    );
    directories.push(
      ...mounts.flatMap(({ path, subPath }) => {
        if (subPath !== undefined && members.length > 0) throw nameUnknown(subPath);
        return members.map((each) => ({ directory: path, mode: allowed(defaultMode), members: each }));
      }),
    );
  }
  checkOnce(files);
  for (const mount of mounts) checkFound(mount, files);
  const wishes = { ...NO_WISHES, files, directories };
  const bits: readonly Difference[] = modes.some((mode) => (mode & REFUSED_BITS) !== 0) ? ['write-bits'] : [];
  return withDifferences(wishes, [...ofSeveral(directories), ...bits]);
}

interface Content {
  readonly items: readonly { readonly item: VolumeItem; readonly meaning: Meaning }[];
  readonly members: readonly Members[];
}

function contentOf({ secret, items, optional }: VolumeSource, meanings: Meanings): Content {
  if (items !== undefined) {
    const made = items.map((item) => ({
      item,
      meaning: optionally(meanings.meaningOf(secret, item.key), optional),
    }));
    return { items: made, members: [] };
  }
  const whole = meanings.wholeOf(secret);
  return {
    items: [...whole.keys].map(([key, meaning]) => {
      const mode = whole.modes?.get(key);
      return {
        item: { key, path: key, ...(mode === undefined ? {} : { mode }) },
        meaning: optionally(meaning, optional),
      };
    }),
    members: whole.members.map((each) => optionalMembers(each, optional)),
  };
}

/** Where a file of the volume is in the container; undefined where the mount leaves it out. */
function fileIn(
  { path, subPath }: MountPlace,
  item: string,
): Pick<FileWish, 'path' | 'directory'> | undefined {
  const root = path === '/' ? '' : path;
  if (subPath === undefined) return { path: `${root}/${item}`, directory: path };
  if (item === subPath) return { path };
  return item.startsWith(`${subPath}/`) ? { path: root + item.slice(subPath.length) } : undefined;
}

function nameUnknown(subPath: string): Error {
  return notConvertible(
    `only AWS knows whether the Secret has ${quoted(subPath)}, which is mounted by subPath`,
    'List the key in the definition, by its own name.',
  );
}

function checkFound({ path, subPath }: MountPlace, files: readonly FileWish[]): void {
  if (subPath === undefined || files.some((file) => file.path === path || file.path.startsWith(`${path}/`)))
    return;
  throw notConvertible(`its subPath ${quoted(subPath)} names no file of the volume`);
}

function checkOnce(files: readonly FileWish[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path)) throw notConvertible(`the file ${quoted(path)} is there twice`);
    seen.add(path);
  }
}
