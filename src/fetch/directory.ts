import {
  constants,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
} from 'node:fs';
import { platform } from 'node:process';
import { systemErrorName } from './system-error.ts';

/** An open directory; what is done in it goes through its handle, never again through its path. */
export interface Directory {
  readonly fd: number;
  readonly path: string;
}

const DIRECTORY_MODE = 0o755;
const SET_GROUP_ID = 0o2000;

const NEW_FILE = '.latchkey-';
const NEW_FILE_PATTERN = /^\.latchkey-[0-9a-f]{32}\.new$/;

/** The name that a file has until it is complete. Nobody else's file is called so. */
export function newFileName(random: string): string {
  return `${NEW_FILE}${random}.new`;
}

/**
 * Opens a directory and refuses a link in its last segment (ENOTDIR or ELOOP).
 * Leftovers of a run that was killed half-way are removed: their bytes are secrets that nobody asked for under that name.
 */
export function openDirectory(path: string): Directory {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  const directory = { fd: openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path };
  for (const name of readdirSync(inside(directory))) {
    if (NEW_FILE_PATTERN.test(name)) unlinkSync(inside(directory, name));
  }
  return directory;
}

/** Opens the directory `name` in `parent`, and makes it where it is missing: readable to all, in the parent's group. */
export function openChild(parent: Directory, name: string): Directory {
  const made = make(inside(parent, name));
  const child = openDirectory(inside(parent, name));
  // mkdir's mode passes through the umask. The set-group-ID bit comes from the volume (fsGroup) and has to stay.
  if (made) fchmodSync(child.fd, (fstatSync(child.fd).mode & SET_GROUP_ID) | DIRECTORY_MODE);
  return child;
}

export function closeDirectory(directory: Directory): void {
  closeSync(directory.fd);
}

/**
 * A path to something in an open directory. On Linux it starts at the handle itself (Node has no `openat`), so that no
 * ancestor can be swapped for a link between two steps. Elsewhere, where only tests run, it is the plain path.
 */
export function inside(directory: Directory, name = '.'): string {
  return platform === 'linux' ? `/proc/self/fd/${directory.fd}/${name}` : `${directory.path}/${name}`;
}

function make(path: string): boolean {
  try {
    mkdirSync(path, DIRECTORY_MODE);
    return true;
  } catch (error) {
    if (systemErrorName(error) === 'EEXIST') return false;
    throw error;
  }
}
