import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

import { issueSealingCertificate } from './issue-certificate.ts';

/** A fresh sealing key, in the forms that sealed-secrets writes: PKCS#1 and X.509, PEM. */
export interface NewSealingKey {
  readonly privateKey: string;
  readonly certificate: string;
}

const BITS = 4096;
const DAY_MS = 86_400_000;
/** A key opens for as long as it is there; its certificate seals for ten years at most, as with sealed-secrets. */
const VALID_MS = 3650 * DAY_MS;

const generate = promisify(generateKeyPair);

/** Takes seconds of a core, off the event loop. */
export async function createSealingKey(wallMs: number): Promise<NewSealingKey> {
  const { privateKey } = await generate('rsa', { modulusLength: BITS });
  return {
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }),
    certificate: await issueSealingCertificate(privateKey, {
      // Not a minute earlier: by this date the newest key is found, and one of sealed-secrets may be as young.
      notBeforeMs: wallMs,
      notAfterMs: wallMs + VALID_MS,
    }),
  };
}
