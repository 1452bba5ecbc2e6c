import { type KeyObject, webcrypto } from 'node:crypto';

import { formatCiphertext, NONCE } from './ciphertext.ts';

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
const GCM = { name: 'AES-GCM', length: 256 } as const;

/**
 * Seals a value for a label, as kubeseal does. Runs off the event loop.
 *
 * @param publicKey an RSA key of 2048 bits or more
 * @returns the text for `spec.encryptedData` or a `sealed:` reference
 */
export async function sealValue(
  value: Uint8Array<ArrayBuffer>,
  label: string,
  publicKey: KeyObject,
): Promise<string> {
  const { subtle } = webcrypto;
  const sessionKey = await subtle.generateKey(GCM, true, ['encrypt']);
  const sealedValue = await subtle.encrypt({ name: 'AES-GCM', iv: NONCE }, sessionKey, value);
  const sealedKey = await subtle.encrypt(
    { name: 'RSA-OAEP', label: new TextEncoder().encode(label) },
    publicKey.toCryptoKey(OAEP, false, ['encrypt']),
    await subtle.exportKey('raw', sessionKey),
  );
  return formatCiphertext({ sealedKey: new Uint8Array(sealedKey), sealedValue: new Uint8Array(sealedValue) });
}
