import { type KeyObject, webcrypto } from 'node:crypto';

import { SecretValue } from '../secret-value.ts';
import { NONCE, type Ciphertext } from './ciphertext.ts';

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;

/**
 * Tries one key on a sealed value, off the event loop (4 ms of a core at 4096 bits, whether it opens or not).
 *
 * @returns undefined where it does not open. A wrong key, a wrong label and an altered ciphertext cannot be told apart,
 *   and must not be: the difference would help to decrypt.
 */
export async function openValue(
  { sealedKey, sealedValue }: Ciphertext,
  label: string,
  privateKey: KeyObject,
): Promise<SecretValue | undefined> {
  const { subtle } = webcrypto;
  try {
    const sessionKey = await subtle.decrypt(
      { name: 'RSA-OAEP', label: new TextEncoder().encode(label) },
      privateKey.toCryptoKey(OAEP, false, ['decrypt']),
      sealedKey,
    );
    const key = await subtle.importKey('raw', sessionKey, 'AES-GCM', false, ['decrypt']);
    const value = await subtle.decrypt({ name: 'AES-GCM', iv: NONCE }, key, sealedValue);
    return new SecretValue(new Uint8Array(value));
  } catch {
    return undefined;
  }
}
