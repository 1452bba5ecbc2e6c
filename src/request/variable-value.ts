import { LatchkeyError } from '../errors.ts';
import { textOf } from './encoding.ts';
import { asksInPlace } from './in-place-value.ts';
import type { DeliveryName } from './plan.ts';

/** Linux gives one `NAME=VALUE` string 128 KiB, with the NUL behind it. */
const LONGEST_ENTRY = 128 * 1024 - 1;

function encodingError(message: string): LatchkeyError {
  return new LatchkeyError(
    'LK-ENCODING',
    message,
    'Add the option encode=base64, or deliver it as a file (latchkey.dev/file.NAME).',
  );
}

/** Throws LK-TOO-LARGE where `name=value` would keep every program of the container from starting. */
export function checkEntrySize(name: string, bytes: number): void {
  if (Buffer.byteLength(name) + 1 + bytes <= LONGEST_ENTRY) return;
  throw new LatchkeyError(
    'LK-TOO-LARGE',
    'the variable is longer than the 128 KiB that Linux allows',
    'Deliver it as a file (latchkey.dev/file.NAME).',
  );
}

/**
 * Throws LK-ENCODING or LK-TOO-LARGE where no variable can hold the value.
 *
 * @param delivery what writes it: `plaintext` puts it where the next review looks for references in place
 */
export function checkVariable(name: string, bytes: Uint8Array, delivery: DeliveryName | undefined): void {
  checkEntrySize(name, bytes.byteLength);
  const text = textOf(bytes);
  if (text === undefined) throw encodingError('the value is not UTF-8, so it cannot be a variable');
  if (text.includes('\0')) throw encodingError('the value holds a NUL, so it cannot be a variable');
  // Whoever writes the secret would otherwise choose what else is read.
  if (delivery === 'plaintext' && asksInPlace(text)) {
    throw encodingError(
      'the value looks like a reference in place, which plaintext delivery cannot tell apart',
    );
  }
}
