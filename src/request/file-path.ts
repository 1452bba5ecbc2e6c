// Which file names and paths may be asked for, and which places of a container no secret may cover.

import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';

const LONGEST_SEGMENT = 255;
const LONGEST_PATH = 2048;

/** What the kernel or the kubelet keeps: nothing of ours at or below. */
const SYSTEM_TREES = ['/proc', '/sys', '/dev'];

/** Where tokens are mounted: nothing of ours at, below or above. */
const TOKEN_TREES = [
  '/run/secrets/kubernetes.io',
  '/run/secrets/eks.amazonaws.com',
  '/run/secrets/pods.eks.amazonaws.com',
];

/** Directories that programs live in, and files that the kubelet writes: nothing of ours exactly there. */
const WHOLE_PATHS: ReadonlySet<string> = new Set([
  '/bin',
  '/boot',
  '/etc',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/lib',
  '/lib64',
  '/run',
  '/sbin',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/sbin',
  '/var',
]);

export type Relation = 'same' | 'below' | 'above' | 'apart';

/** A path without slashes at its end. No regular expression: those look for the end from each slash anew. */
export function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** In nearly every image `/var/run` is a link to `/run`. */
function canonical(path: string): string {
  const bare = withoutEndSlashes(path);
  return bare === '/var/run' || bare.startsWith('/var/run/') ? bare.slice('/var'.length) : bare;
}

/** How `path` lies to `other`; both absolute. */
export function relationOf(path: string, other: string): Relation {
  const a = canonical(path);
  const b = canonical(other);
  if (a === b) return 'same';
  if (b === '/' || a.startsWith(`${b}/`)) return 'below';
  return a === '/' || b.startsWith(`${a}/`) ? 'above' : 'apart';
}

function name(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-NAME', message, remedy);
}

function checkSegment(segment: string): void {
  if (segment === '' || segment === '.' || segment === '..') {
    throw name(
      'the path has an empty segment, or one that is . or ..',
      'Write a plain path, such as certs/tls.key.',
    );
  }
  if (segment.startsWith('..')) {
    throw name(
      'a name begins with ..',
      'The kubelet keeps names that begin with .. for itself: choose another.',
    );
  }
  // Controls, line separators, and halves of a surrogate pair, which would all become the same bytes.
  if (/[\p{Cc}\p{Zl}\p{Zp}\\]/u.test(segment) || !segment.isWellFormed()) {
    throw name(
      'the path holds a backslash or a control character',
      'Use / between directories and plain characters.',
    );
  }
  if (Buffer.byteLength(segment) > LONGEST_SEGMENT) {
    throw name(
      'a name in the path is too long',
      `File systems allow ${LONGEST_SEGMENT} bytes between two slashes.`,
    );
  }
}

function checkSegments(path: string): void {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw name('the path is too long', `A path has at most ${LONGEST_PATH} bytes.`);
  }
  for (const segment of path.split('/')) checkSegment(segment);
}

function checkAbsolute(path: string): void {
  if (path === '/') throw name('/ is no place for a secret', 'Name a file, or a directory of its own.');
  checkSegments(path.slice(1));
  if (path.includes(':')) throw name('the path holds a colon', 'Kubernetes allows no colon in a mount path.');
  const tree = [...SYSTEM_TREES, ...TOKEN_TREES].find((each) =>
    ['same', 'below'].includes(relationOf(path, each)),
  );
  const covered = tree ?? TOKEN_TREES.find((each) => relationOf(path, each) === 'above');
  if (covered === undefined && !WHOLE_PATHS.has(canonical(path))) return;
  throw name(
    `${printable(path)} belongs to the system${covered === undefined ? '' : ` (${covered})`}`,
    'Choose a directory or file of your own, such as below /etc/app or /secrets.',
  );
}

/** Throws LK-NAME unless `path` may be a file below the mount path. */
export function checkRelativePath(path: string): void {
  checkSegments(path);
}

/**
 * Throws LK-NAME unless `path` is a plain path: relative to the mount path, or absolute and nowhere in the system's
 * directories, over a token, or over a file that the kubelet writes.
 */
export function checkFilePath(path: string): void {
  if (path.startsWith('/')) checkAbsolute(path);
  else checkSegments(path);
}

/** Reads `mount-path`; a slash at the end does not count. Throws LK-NAME. */
export function checkMountPath(text: string): string {
  const trimmed = text.trim();
  const path = trimmed.length > 1 && trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed;
  if (!path.startsWith('/'))
    throw name('the mount path is not absolute', 'It begins with a slash, such as /secrets.');
  checkAbsolute(path);
  return path;
}
