import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { describe } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { printable } from '../quote.ts';

/** Where the kubelet reads a container's last words from, unless the pod names another file. */
export const TERMINATION_LOG = '/dev/termination-log';

/** What the kubelet reads of it; the rest would be cut, in the middle of a character. */
export const MAX_MESSAGE_BYTES = 4096;

/** A reference that was fetched, and which version of it: `version 3`, `4 members`, `not found, left out`. */
export interface FetchedReference {
  /** As the user wrote it. */
  readonly reference: string;
  readonly outcome: string;
}

/** The wording of a refusal, one problem a line: the first ones that fit, then how many more there are. */
export function failureMessage(problems: readonly Problem[]): string {
  return bounded(problems.map(describe));
}

/** What was fetched, without any value. Everything in it is printable. */
export function successMessage(fetched: readonly FetchedReference[]): string {
  const lines = fetched.map(({ reference, outcome }) => `${printable(reference)}: ${printable(outcome)}`);
  return bounded([`fetched ${fetched.length} reference${fetched.length === 1 ? '' : 's'}`, ...lines]);
}

/** Never fails: outside of a pod the file does not exist, and then nothing is written. */
export function writeTerminationMessage(path: string, message: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
    writeFileSync(fd, message);
    closeSync(fd);
  } catch {
    // The same text is on stderr.
  }
}

function bounded(lines: readonly string[]): string {
  const whole = lines.join('\n');
  if (Buffer.byteLength(whole) <= MAX_MESSAGE_BYTES) return whole;
  for (let shown = lines.length - 1; shown > 0; shown -= 1) {
    const text = [...lines.slice(0, shown), `and ${lines.length - shown} more`].join('\n');
    if (Buffer.byteLength(text) <= MAX_MESSAGE_BYTES) return text;
  }
  return cut(whole);
}

/** The longest beginning that fits, without half a character at its end. */
function cut(text: string): string {
  const mark = '…';
  const room = MAX_MESSAGE_BYTES - Buffer.byteLength(mark);
  const bytes = Buffer.from(text).subarray(0, room);
  return `${bytes.toString('utf8').replace(/\uFFFD$/u, '')}${mark}`;
}
