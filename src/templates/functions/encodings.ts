import { createHash } from 'node:crypto';
import { Fault } from '../template-error.ts';
import { type FunctionTable, takes, text } from './signature.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE32 = /^(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?$/;
const ALPHABET32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function undecodable(what: string): Fault {
  return new Fault(`the text is not ${what}`, 'Give text that is, or leave the decoding out.');
}

/** Line breaks do not count, as in Go. sprig would go on with the text of the error, here it is one. */
export function base64Decoded(encoded: string): string {
  const text = encoded.replace(/[\r\n]/g, '');
  if (!BASE64.test(text)) throw undecodable('base64 with its padding');
  return Buffer.from(text, 'base64').toString('latin1');
}

function base32Encoded(bytes: string): string {
  let encoded = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytesOf(bytes)) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) encoded += ALPHABET32[(value >> (bits - 5)) & 31] ?? '';
  }
  if (bits > 0) encoded += ALPHABET32[(value << (5 - bits)) & 31] ?? '';
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, '=');
}

function base32Decoded(encoded: string): string {
  const text = encoded.replace(/[\r\n]/g, '');
  if (!BASE32.test(text)) throw undecodable('base32 with its padding');
  let bytes = '';
  let bits = 0;
  let value = 0;
  for (const letter of text.replace(/=+$/, '')) {
    value = ((value << 5) | ALPHABET32.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += String.fromCharCode((value >> bits) & 255);
  }
  return bytes;
}

function digest(algorithm: string): (bytes: string) => string {
  return (bytes) => createHash(algorithm).update(bytesOf(bytes)).digest('hex');
}

/** RFC 1950, as a decimal number. */
function adler32(bytes: string): string {
  let a = 1;
  let b = 0;
  for (const byte of bytesOf(bytes)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return String(b * 65536 + a);
}

function hexDecoded(encoded: string): string {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(encoded)) throw undecodable('hexadecimal');
  return Buffer.from(encoded, 'hex').toString('latin1');
}

function ofBytes(run: (bytes: string) => string): FunctionTable[string] {
  return takes([text], ([bytes]) => run(bytes));
}

export const ENCODINGS: FunctionTable = {
  b64enc: ofBytes((bytes) => bytesOf(bytes).toString('base64')),
  b64dec: ofBytes(base64Decoded),
  b32enc: ofBytes(base32Encoded),
  b32dec: ofBytes(base32Decoded),
  sha1sum: ofBytes(digest('sha1')),
  sha256sum: ofBytes(digest('sha256')),
  sha512sum: ofBytes(digest('sha512')),
  adler32sum: ofBytes(adler32),
};

/** What only ESO's copy of sprig has. */
export const ESO_ENCODINGS: FunctionTable = {
  hexdec: ofBytes(hexDecoded),
};
