import { createHmac } from 'node:crypto';

const MIN_KEY_BYTES = 32;
/** 128 bits: nobody without the key can predict or collide one. */
export const MAC_BYTES = 16;

/**
 * A MAC under the installation's key: the first half of an HMAC-SHA256. Every part is preceded by its length, so no two
 * lists of parts have the same bytes; no two purposes have the same MAC.
 * @returns hexadecimal digits, two for each of {@link MAC_BYTES}
 * @throws RangeError when the key is too short
 */
export function mac(key: Uint8Array, purpose: string, parts: readonly Uint8Array[]): string {
  if (key.byteLength < MIN_KEY_BYTES)
    throw new RangeError(`the installation key has less than ${MIN_KEY_BYTES} bytes`);
  const framed = [Buffer.from(`latchkey ${purpose}`), ...parts].flatMap((part) => [lengthOf(part), part]);
  // In one piece: each update is a call out of JavaScript, and there would be two for each part of each pod.
  return createHmac('sha256', key)
    .update(Buffer.concat(framed))
    .digest('hex')
    .slice(0, MAC_BYTES * 2);
}

/** Eight bytes, the highest first. */
function lengthOf(part: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeUInt32BE(part.byteLength, 4);
  return length;
}
