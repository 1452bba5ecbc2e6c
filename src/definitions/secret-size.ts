import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { SecretValue } from '../secret-value.ts';

/**
 * The API server refuses more than 1 MiB of values. Keys are counted as well, to leave room for them in etcd's limit of
 * 1.5 MiB on the whole object.
 */
export const MOST_SECRET_BYTES = 1024 * 1024;
const NAMED = 3;

/** Throws LK-TOO-LARGE, naming the largest keys, for data that no Secret holds. */
export function checkSecretSize(data: ReadonlyMap<string, SecretValue>): void {
  const sizes = [...data].map(([key, value]) => ({ key, bytes: key.length + value.size }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MOST_SECRET_BYTES) return;
  const largest = sizes
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED)
    .map(({ key, bytes }) => `${printable(key)} (${kibibytes(bytes)} KiB)`);
  throw new LatchkeyError(
    'LK-TOO-LARGE',
    `all values together have ${kibibytes(total)} KiB, and a Secret holds ${kibibytes(MOST_SECRET_BYTES)} KiB; the largest: ${largest.join(', ')}`,
    'Split the definition in two.',
  );
}

function kibibytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
