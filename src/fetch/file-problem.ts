import type { Problem } from '../errors.ts';
import type { Place } from '../request/plan.ts';
import { systemErrorName } from './system-error.ts';

interface Cause {
  readonly message: string;
  readonly remedy: string;
}

const LINK: Cause = {
  message: 'a directory on the way to the file is a link or no directory',
  remedy:
    'Let no other container write into the volumes of Latchkey, and ask for no file below another file.',
};

const NO_RIGHT: Cause = {
  message: 'the init container may not write into its volume',
  remedy: 'Give the pod an fsGroup, or let its containers run as the user of the init container.',
};

const FULL: Cause = {
  message: 'the memory volume is full',
  remedy: 'Ask for less, or raise the memory limit: what is in a memory volume counts to it.',
};

const CAUSES: ReadonlyMap<string, Cause> = new Map([
  ['ELOOP', LINK],
  ['ENOTDIR', LINK],
  ['EACCES', NO_RIGHT],
  ['EPERM', NO_RIGHT],
  ['EROFS', NO_RIGHT],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['ENOMEM', FULL],
  [
    'EISDIR',
    {
      message: 'a directory stands where the file belongs',
      remedy: 'Ask for no file that is also the directory of another.',
    },
  ],
  [
    'ENOENT',
    {
      message: 'the volume is not mounted',
      remedy: 'Leave the volumes and mounts of the container latchkey-fetch as they are.',
    },
  ],
]);

/** An error of `node:fs` as a problem. Only the name of the system error is taken from it. */
export function fileProblem(place: Place, error: unknown): Problem {
  const name = systemErrorName(error);
  const cause = CAUSES.get(name ?? '');
  return {
    code: 'LK-FILES',
    place: place.label,
    field: place.field,
    message: cause?.message ?? `the system refuses to write it (${name ?? 'unknown error'})`,
    remedy: cause?.remedy ?? 'Look at the node and its volumes.',
  };
}
