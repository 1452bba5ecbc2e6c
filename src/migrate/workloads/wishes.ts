// What a use of a Secret becomes: variables and files, not yet in their places.

import type { Whole, Meaning, Members } from '../definitions/meaning.ts';
import { isReference, notConvertible } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import { quoted } from '../../quote.ts';
import type { MountPlace } from './mounts.ts';
import type { EnvFromUse, VariableUse, VolumeItem, VolumeSource, VolumeUse } from './uses.ts';

/** What the Secrets of the input mean. Throws LatchkeyError for what annotations cannot say. */
export interface Meanings {
  meaningOf(secret: string, key: string): Meaning;
  wholeOf(secret: string): Whole;
}

/** A variable of one container. */
export interface VariableWish {
  readonly name: string;
  readonly meaning: Meaning;
}

/** Variables of one container whose names AWS knows. */
export interface MembersWish {
  readonly members: Members;
}

/** A file at an absolute path. */
export interface FileWish {
  readonly path: string;
  readonly mode: number;
  readonly meaning: Meaning;
  /** Absent: it is alone in its place (`subPath`). Otherwise the directory where the volume was mounted. */
  readonly directory?: string;
}

/** Files in a directory whose names AWS knows. */
export interface DirectoryWish {
  readonly directory: string;
  readonly mode: number;
  readonly members: Members;
}

export interface Wishes {
  readonly variables: readonly VariableWish[];
  readonly members: readonly MembersWish[];
  readonly files: readonly FileWish[];
  readonly directories: readonly DirectoryWish[];
  readonly differences: readonly Difference[];
}

const NONE: Wishes = { variables: [], members: [], files: [], directories: [], differences: [] };

/** The value may be missing, and then the variable or file is. */
function optionally(meaning: Meaning, optional: boolean): Meaning {
  if (!optional || !meaning.content.some(isReference)) return meaning;
  return {
    ...meaning,
    content: meaning.content.map((part) => (isReference(part) ? { ...part, optional: true } : part)),
    differences: [...meaning.differences, 'optional'],
  };
}

function optionalMembers(members: Members, optional: boolean): Members {
  if (!optional) return members;
  return {
    ...members,
    reference: { ...members.reference, optional: true },
    differences: [...members.differences, 'optional'],
  };
}

function withDifferences(wishes: Omit<Wishes, 'differences'>, more: readonly Difference[] = []): Wishes {
  const all = [
    ...wishes.variables.flatMap(({ meaning }) => meaning.differences),
    ...wishes.members.flatMap(({ members }) => members.differences),
    ...wishes.files.flatMap(({ meaning }) => meaning.differences),
    ...wishes.directories.flatMap(({ members }) => members.differences),
    ...more,
  ];
  return { ...wishes, differences: [...new Set(all)] };
}

export function variableWishes({ name, secret, key, optional }: VariableUse, meanings: Meanings): Wishes {
  const meaning = optionally(meanings.meaningOf(secret, key), optional);
  return withDifferences({ ...NONE, variables: [{ name, meaning }] });
}

/** Several sources of one name are an error in annotations. */
function ofSeveral(members: readonly unknown[]): readonly Difference[] {
  return members.length > 1 ? ['twice'] : [];
}

/**
 * Every key a variable, by Kubernetes' rules.
 *
 * @param names of variables that the container sets itself, and that win
 */
export function envFromWishes(use: EnvFromUse, names: ReadonlySet<string>, meanings: Meanings): Wishes {
  const { secret, prefix, optional } = use;
  const { keys, members } = meanings.wholeOf(secret);
  const variables = [...keys]
    .map(([key, meaning]) => ({ name: prefix + key, meaning: optionally(meaning, optional) }))
    .filter(({ name }) => !names.has(name));
  const prefixed = members.map((each) => {
    const { reference } = optionalMembers(each, optional);
    const whole = prefix + (reference.prefix ?? '');
    return { members: { ...each, reference: { ...reference, ...(whole === '' ? {} : { prefix: whole }) } } };
  });
  const differences: readonly Difference[] = members.flatMap(({ reference }) =>
    reference.below === undefined ? ['variable-names'] : ['variable-names', 'path-names'],
  );
  return withDifferences({ ...NONE, variables, members: prefixed }, [
    ...differences,
    ...ofSeveral(members),
    ...(optional && members.length > 0 ? (['optional'] as const) : []),
  ]);
}

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
    for (const mount of mounts) {
      for (const { item, meaning } of items) {
        const path = fileIn(mount, item.path);
        if (path !== undefined) files.push({ ...path, mode: allowed(item.mode ?? defaultMode), meaning });
      }
      for (const each of members) {
        if (mount.subPath !== undefined) throw nameUnknown(mount.subPath);
        directories.push({ directory: mount.path, mode: allowed(defaultMode), members: each });
      }
    }
  }
  checkOnce(files);
  for (const mount of mounts) checkFound(mount, files);
  const wishes = { ...NONE, files, directories };
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
    items: [...whole.keys].map(([key, meaning]) => ({
      item: { key, path: key },
      meaning: optionally(meaning, optional),
    })),
    members: whole.members.map((each) => optionalMembers(each, optional)),
  };
}

/** Where a file of the volume is in the container; undefined where the mount leaves it out. */
function fileIn({ path, subPath }: MountPlace, item: string): Pick<FileWish, 'path' | 'directory'> | undefined {
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
