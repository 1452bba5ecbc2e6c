import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';

/** Everything but setuid, setgid, sticky, and write for group and others. */
const ALLOWED = 0o755;

/**
 * Reads four octal digits, such as `0440`. Throws LK-MODE for anything else, for setuid, setgid and sticky bits, and
 * for write permission for group or others.
 */
export function parseFileMode(text: string): number {
  if (!/^[0-7]{4}$/.test(text)) {
    throw new LatchkeyError(
      'LK-MODE',
      `${quoted(text)} is no file mode`,
      'Write four octal digits, such as "0440".',
    );
  }
  const mode = Number.parseInt(text, 8);
  if ((mode & ~ALLOWED) !== 0) {
    throw new LatchkeyError(
      'LK-MODE',
      `file mode ${text} is not allowed`,
      'A secret file is never writable for group or others, nor setuid, setgid or sticky: such as "0440" or "0400".',
    );
  }
  return mode;
}
