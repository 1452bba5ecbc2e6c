import type { KeyObject, X509Certificate } from 'node:crypto';

import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import { certificatesOf } from '../tls/certificates.ts';
import { fingerprintOf, modulusBits } from './fingerprint.ts';

/** What values are sealed with: anyone may have it. */
export interface SealingCertificate {
  readonly pem: string;
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** Of the public key, so that a certificate and its private key are known by the same text. */
  readonly fingerprint: string;
  readonly bits: number;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What kubeseal's own controller makes has 4096; below 2048 nothing should be sealed any more. */
const MIN_BITS = 2048;

/** The first certificate of a PEM text, if it is one of an RSA key; kubeseal too looks at no other. */
export function sealingCertificateOf(pem: string): SealingCertificate | undefined {
  const [first] = certificatesOf(pem) ?? [];
  if (first === undefined) return undefined;
  const { publicKey } = first.x509;
  const bits = modulusBits(publicKey);
  if (bits === undefined) return undefined;
  const { x509, notBeforeMs, notAfterMs } = first;
  return {
    pem: first.pem,
    x509,
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    bits,
    notBeforeMs,
    notAfterMs,
  };
}

/**
 * The certificate of a text, fit to seal with at `wallMs`.
 *
 * @param origin where it comes from, for messages
 * @throws LatchkeyError LK-CONFIG
 */
export function readSealingCertificate(pem: string, origin: string, wallMs: number): SealingCertificate {
  const certificate = sealingCertificateOf(pem);
  if (certificate === undefined)
    throw unfit(origin, 'holds no certificate of an RSA key in PEM', 'Fetch it with: latchkey seal cert.');
  if (certificate.bits < MIN_BITS)
    throw unfit(
      origin,
      `has a key of ${String(certificate.bits)} bits`,
      `Make a sealing key of ${String(MIN_BITS)} bits or more.`,
    );
  if (certificate.notAfterMs <= wallMs)
    throw unfit(
      origin,
      `expired at ${new Date(certificate.notAfterMs).toISOString()}`,
      'Renew the sealing key, and fetch the new certificate with: latchkey seal cert.',
    );
  return certificate;
}

function unfit(origin: string, what: string, remedy: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFIG',
    `the sealing certificate of ${printable(origin, 300)} ${what}`,
    remedy,
  );
}
