import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Dated } from './rotation.ts';

/** A certificate, read. */
export interface Certificate extends Dated {
  readonly pem: string;
  readonly x509: X509Certificate;
}

/** A certificate whose private key is known. */
export interface KeyPair extends Certificate {
  /** PEM. Never into a log or an error. */
  readonly key: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text. Undefined where one cannot be decoded; what stands between them doesn't count. */
export function certificatesOf(pem: string): readonly Certificate[] | undefined {
  try {
    return (pem.match(BLOCK) ?? []).map(certificateOf);
  } catch {
    return undefined;
  }
}

/** The first certificate of a PEM text with its key; undefined when they are none or don't belong together. */
export function keyPairOf(pem: string, key: string): KeyPair | undefined {
  const [first] = certificatesOf(pem) ?? [];
  try {
    return first?.x509.checkPrivateKey(createPrivateKey(key)) === true ? { ...first, key } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `authority` signed `certificate`. */
export function hasSigned(authority: Certificate, certificate: Certificate): boolean {
  return certificate.x509.checkIssued(authority.x509) && certificate.x509.verify(authority.x509.publicKey);
}

function certificateOf(block: string): Certificate {
  const x509 = new X509Certificate(block);
  return {
    pem: x509.toString(),
    x509,
    fingerprint: x509.fingerprint256,
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
  };
}
