// What Linux says of a process. Elsewhere these are unknown.

import { readFileSync } from 'node:fs';

/** Clock ticks per second in /proc: fixed at 100 for programs on every architecture that Linux still has. */
const TICKS = 100;

/** Resident now and at most so far, in bytes. @throws Error where there is no /proc */
export function residentBytes(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (field: string): number => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (found === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return Number(found) * 1024;
  };
  return { now: kilobytes('VmRSS'), peak: kilobytes('VmHWM') };
}

/** Processor time of all its threads so far, in seconds. @throws Error where there is no /proc */
export function processorSeconds(pid: number): number {
  // The second field is the program's name, in parentheses that it may contain itself.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
