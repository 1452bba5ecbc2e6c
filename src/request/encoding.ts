import { LatchkeyError } from '../errors.ts';
import type { Encoding, Source } from './plan.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes as text; `undefined` when they are no UTF-8. A byte order mark stays. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeBase64(bytes: Uint8Array): Uint8Array {
  // Latin-1 keeps every byte apart, so that no other byte passes for a letter. Line breaks are how tools wrap base64.
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\t\n\r ]/g, '');
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  throw new LatchkeyError(
    'LK-ENCODING',
    'the value is not base64',
    'Remove decode=base64, or store the value in standard base64 with its padding.',
  );
}

/** Percent-encodes every byte but those that no part of a URL takes for anything else (RFC 3986, unreserved). */
function encodeUrl(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(
      /[^A-Za-z0-9._~-]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}

function encodeJson(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== undefined) return JSON.stringify(text);
  throw new LatchkeyError(
    'LK-ENCODING',
    'the value is not UTF-8, so it is no JSON string',
    'Use encode=base64, or deliver it as a file of its own.',
  );
}

function encoded(encoding: Encoding, bytes: Uint8Array): string {
  if (encoding === 'url') return encodeUrl(bytes);
  return encoding === 'json' ? encodeJson(bytes) : Buffer.from(bytes).toString('base64');
}

/** The option `decode`. Throws LK-ENCODING. */
export function decodeValue({ decode }: Pick<Source, 'decode'>, bytes: Uint8Array): Uint8Array {
  return decode === undefined ? bytes : decodeBase64(bytes);
}

/** The option `encode`: base64, a percent-encoded part of a URL, or a JSON string with its quotes. Throws LK-ENCODING. */
export function encodeValue({ encode }: Pick<Source, 'encode'>, bytes: Uint8Array): Uint8Array {
  return encode === undefined ? bytes : Buffer.from(encoded(encode, bytes));
}
