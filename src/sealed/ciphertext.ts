import { LatchkeyError } from '../errors.ts';

/**
 * One sealed value, taken apart: the length of the sealed session key as two bytes (big-endian), the key sealed by
 * RSA-OAEP, then the value by AES-256-GCM under a nonce of zeros, with its tag of 16 bytes at the end. The nonce may
 * be zeros because each session key seals one value.
 */
export interface Ciphertext {
  readonly sealedKey: Uint8Array<ArrayBuffer>;
  readonly sealedValue: Uint8Array<ArrayBuffer>;
}

export const TAG_BYTES = 16;
export const NONCE = new Uint8Array(12);

/** A value of a Secret has at most 1 MiB; sealed and in base64 it takes a third more and a little. */
const MAX_TEXT = 1_500_000;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Takes the text of one sealed value apart. What is refused here could never have been opened with any key, and the
 * reason says nothing about any value.
 *
 * @throws LatchkeyError LK-SEALED
 */
export function parseCiphertext(text: string): Ciphertext {
  if (text.length > MAX_TEXT) throw malformed('is longer than a Secret can be');
  // Line breaks inside do not count: kubeseal's decoder overlooks them, and YAML's block form makes them.
  const base64 = text.trim().replaceAll(/[\r\n]/g, '');
  if (base64 === '' || base64.length % 4 !== 0 || !BASE64.test(base64)) throw malformed('is not base64');
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const keyBytes = bytes.length < 2 ? 0 : new DataView(bytes.buffer).getUint16(0);
  if (keyBytes === 0 || bytes.length < 2 + keyBytes + TAG_BYTES) throw malformed('is cut short');
  return { sealedKey: bytes.slice(2, 2 + keyBytes), sealedValue: bytes.slice(2 + keyBytes) };
}

/** The text of one sealed value. */
export function formatCiphertext({ sealedKey, sealedValue }: Ciphertext): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sealedKey.length);
  return Buffer.concat([length, sealedKey, sealedValue]).toString('base64');
}

function malformed(what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-SEALED',
    `the sealed value ${what}`,
    'Copy it whole, or seal the value again: latchkey seal.',
  );
}
