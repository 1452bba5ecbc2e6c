import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** SHA-256 of the public half of a key (SPKI, DER) as hex: which key it is, wherever it was found. */
export function fingerprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/** Bits of an RSA key's modulus; undefined for any other kind of key. */
export function modulusBits(key: KeyObject): number | undefined {
  return key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
}
