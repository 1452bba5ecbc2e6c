import { readFile } from 'node:fs/promises';
import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';

const MIN_BYTES = 32;

/**
 * Reads the installation's key: the file's bytes as they are, at least 32, so that nobody can guess a managed Secret's name.
 * @throws LatchkeyError LK-CONFIG
 */
export async function readKeyFile(path: string): Promise<SecretValue> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the key file ${printable(path)} cannot be read`,
      'Check --key-file.',
    );
  }
  if (bytes.byteLength < MIN_BYTES) {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the key file ${printable(path)} holds ${String(bytes.byteLength)} bytes, fewer than ${String(MIN_BYTES)}`,
      'Make one with `head -c 32 /dev/urandom`, once for the installation.',
    );
  }
  return new SecretValue(bytes);
}
