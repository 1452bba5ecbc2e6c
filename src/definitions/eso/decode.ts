import { LatchkeyError } from '../../errors.ts';
import type { Decoding } from './external-secret.ts';

const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/;

/** As Go's decoders: padding is needed, line breaks do not count, the bits that are left over may be anything. */
function decoded(bytes: Uint8Array, alphabet: RegExp): Uint8Array | undefined {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\n\r]/g, '');
  return alphabet.test(text) ? Buffer.from(text, alphabet === URL ? 'base64url' : 'base64') : undefined;
}

/** `decodingStrategy`. Throws LK-ENCODING. */
export function decode(strategy: Decoding, bytes: Uint8Array): Uint8Array {
  if (strategy === 'None') return bytes;
  const standard = strategy === 'Base64URL' ? undefined : decoded(bytes, STANDARD);
  const value = standard ?? (strategy === 'Base64' ? undefined : decoded(bytes, URL));
  if (value !== undefined) return value;
  if (strategy === 'Auto') return bytes;
  throw new LatchkeyError(
    'LK-ENCODING',
    `the value is not ${strategy}`,
    'Write decodingStrategy: None, or Auto if only some values are encoded; padding is needed.',
  );
}
