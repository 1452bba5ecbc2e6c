import { createPublicKey, type KeyObject } from 'node:crypto';

import { generate } from 'selfsigned';

/** How long a sealing certificate is valid. */
export interface Validity {
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * A certificate of a sealing key, signed by itself, as sealed-secrets makes them: nobody trusts it, it carries the public
 * key and its dates.
 *
 * @returns PEM
 */
export async function issueSealingCertificate(
  privateKey: KeyObject,
  { notBeforeMs, notAfterMs }: Validity,
): Promise<string> {
  const { cert } = await generate([{ name: 'commonName', value: 'latchkey-sealing-key' }], {
    keyPair: {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }),
    },
    algorithm: 'sha256',
    notBeforeDate: new Date(notBeforeMs),
    notAfterDate: new Date(notAfterMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', encipherOnly: true, critical: true },
    ],
  });
  return cert;
}
