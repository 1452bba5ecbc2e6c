import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Problem } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Place } from '../request/plan.ts';
import type { SecretValue } from '../secret-value.ts';
import { closeDirectory, inside, newFileName, openChild, openDirectory } from './directory.ts';
import type { Directory } from './directory.ts';
import { fileProblem } from './file-problem.ts';

export interface FileToWrite {
  /** An existing directory: the mount point of a volume of ours. */
  readonly root: string;
  /** Segments parted by `/`, below the root. */
  readonly path: string;
  readonly value: SecretValue;
  /** Permission bits. The umask does not apply. */
  readonly mode: number;
  readonly place: Place;
}

interface Ready {
  readonly directory: Directory;
  readonly from: string;
  readonly to: string;
  readonly file: FileToWrite;
}

const LONGEST_NAME = 255;

/**
 * Writes all files or none: each is written beside its place under a name of its own and synced, and only when all are
 * there are they renamed. A file that is already there (the container was restarted) is replaced as a whole; a reader
 * sees the old bytes or the new ones. Owner and group are the process's own and the volume's (set-group-ID).
 *
 * No link is followed: each directory is opened from its parent's handle with O_NOFOLLOW, a new file is made with O_EXCL,
 * and a link at a file's own place is replaced by the file.
 *
 * It is synchronous throughout, so that no signal handler can run, and no process exit can fall, between two renames.
 * @returns LK-FILES and LK-NAME problems. With any of them no file was put in its place, unless the system failed a rename,
 * for which everything that can be looked at was looked at before.
 */
export function writeFiles(files: readonly FileToWrite[]): readonly Problem[] {
  const refused = files.filter((file) => !hasStrictPath(file.path)).map(badName);
  if (refused.length > 0) return refused;
  const directories = new Map<string, Directory>();
  const ready: Ready[] = [];
  const problems: Problem[] = [];
  try {
    for (const file of files) attempt(file, problems, () => ready.push(prepare(file, directories)));
    for (const one of ready) attempt(one.file, problems, () => refuseDirectory(one));
    if (problems.length > 0) return problems;
    for (const one of ready) attempt(one.file, problems, () => putInPlace(one));
  } finally {
    for (const { directory, from } of ready) rmSync(inside(directory, from), { force: true });
    for (const directory of directories.values()) closeDirectory(directory);
  }
  return problems;
}

function putInPlace({ directory, from, to }: Ready): void {
  renameSync(inside(directory, from), inside(directory, to));
}

function attempt(file: FileToWrite, problems: Problem[], step: () => void): void {
  try {
    step();
  } catch (error) {
    problems.push(fileProblem(file.place, error));
  }
}

function prepare(file: FileToWrite, directories: Map<string, Directory>): Ready {
  const segments = file.path.split('/');
  const to = segments.pop() ?? '';
  const directory = directoryOf(file.root, segments, directories);
  const from = newFileName(randomBytes(16).toString('hex'));
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const fd = openSync(inside(directory, from), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    writeFileSync(fd, file.value.reveal());
    fchmodSync(fd, file.mode);
    fsyncSync(fd);
  } catch (error) {
    rmSync(inside(directory, from), { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return { directory, from, to, file };
}

function directoryOf(
  root: string,
  segments: readonly string[],
  directories: Map<string, Directory>,
): Directory {
  const key = JSON.stringify([root, ...segments]);
  const known = directories.get(key);
  if (known !== undefined) return known;
  const name = segments.at(-1);
  const opened =
    name === undefined
      ? openDirectory(root)
      : openChild(directoryOf(root, segments.slice(0, -1), directories), name);
  directories.set(key, opened);
  return opened;
}

/** `rename` onto a directory fails; to find that out only between two renames would leave half of the files. */
function refuseDirectory({ directory, to }: Ready): void {
  const there = lstatSync(inside(directory, to), { throwIfNoEntry: false });
  if (there?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
}

function hasStrictPath(path: string): boolean {
  return path.split('/').every(isStrictSegment);
}

function isStrictSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  return !segment.includes('\0') && Buffer.byteLength(segment) <= LONGEST_NAME;
}

function badName(file: FileToWrite): Problem {
  return {
    code: 'LK-NAME',
    place: file.place.label,
    field: file.place.field,
    message: `${quoted(file.path)} is no path of plain segments`,
    remedy: 'Use segments of up to 255 bytes that are neither empty nor "." nor "..".',
  };
}
