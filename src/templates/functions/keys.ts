import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { Fault } from '../template-error.ts';
import { decodeUtf8 } from '../values/utf8.ts';
import { base64Decoded, bytesOf } from './encodings.ts';
import { pemBlocks } from './pem.ts';
import { type FunctionTable, takes, text } from './signature.ts';

/** Runs what throws errors that may have the key in them, and lets none of their words out. */
function guarded<T>(run: () => T, message: string): T {
  try {
    return run();
  } catch {
    throw new Fault(message, 'Look at the key and at what it belongs to.');
  }
}

const NOT_JWK = 'the text is not such a JSON Web Key';

function jwk(bytes: string): Record<string, unknown> {
  const key = guarded((): unknown => JSON.parse(decodeUtf8(bytes)), NOT_JWK);
  if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new Fault(NOT_JWK);
  return { ...key };
}

function publicKeyPem(bytes: string): string {
  const key = jwk(bytes);
  if (Object.hasOwn(key, 'd')) throw new Fault('the JSON Web Key is a private one');
  return guarded(() => pemOf(createPublicKey({ key, format: 'jwk' }), 'spki'), NOT_JWK);
}

function privateKeyPem(bytes: string): string {
  return guarded(() => pemOf(createPrivateKey({ key: jwk(bytes), format: 'jwk' }), 'pkcs8'), NOT_JWK);
}

function pemOf(key: KeyObject, type: 'spki' | 'pkcs8'): string {
  return key.export({ type, format: 'pem' });
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA1', 'sha1'],
  ['SHA512', 'sha512'],
]);

function rsaPrivateKey(pem: string): KeyObject {
  const [block] = pemBlocks(pem);
  if (block === undefined) throw new Fault('the private key is not PEM');
  const types = ['pkcs1', 'pkcs8'] as const;
  for (const type of types) {
    try {
      return createPrivateKey({ key: block.der, format: 'der', type });
    } catch {
      // The other form may fit.
    }
  }
  throw new Fault('the private key is no RSA key');
}

interface Encrypted {
  readonly scheme: string;
  readonly hash: string;
  readonly input: string;
  readonly key: string;
}

function rsaDecrypted({ scheme, hash, input, key }: Encrypted): string {
  if (scheme === 'None') return input;
  if (scheme !== 'RSA-OAEP') throw new Fault('the scheme is not supported', 'Use RSA-OAEP or None.');
  const options = {
    key: rsaPrivateKey(key),
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: HASHES.get(hash) ?? 'sha256',
  };
  return guarded(() => privateDecrypt(options, bytesOf(input)), 'the text cannot be decrypted').toString(
    'latin1',
  );
}

const BLOCK = 16;

/** AES-256-CBC as sprig has it: the password filled up with zeros is the key, the first block the starting value. */
function aesDecrypted(password: string, encoded: string): string {
  if (encoded === '') return '';
  const bytes = bytesOf(base64Decoded(encoded));
  const key = Buffer.alloc(32);
  bytesOf(password).copy(key);
  const plain = guarded(() => {
    const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, BLOCK)).setAutoPadding(false);
    return Buffer.concat([decipher.update(bytes.subarray(BLOCK)), decipher.final()]);
  }, 'the text cannot be decrypted');
  const padding = plain.at(-1) ?? 0;
  if (padding > plain.length) throw new Fault('the text cannot be decrypted');
  return plain.subarray(0, plain.length - padding).toString('latin1');
}

export const AES: FunctionTable = {
  decryptAES: takes([text, text], ([password, encoded]) => aesDecrypted(password, encoded)),
};

/** What only ESO has. */
export const KEYS: FunctionTable = {
  jwkPublicKeyPem: takes([text], ([bytes]) => publicKeyPem(bytes)),
  jwkPrivateKeyPem: takes([text], ([bytes]) => privateKeyPem(bytes)),
  rsaDecrypt: takes([text, text, text, text], ([scheme, hash, input, key]) =>
    rsaDecrypted({ scheme, hash, input, key }),
  ),
};
