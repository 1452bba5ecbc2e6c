import { createPrivateKey, type KeyObject } from 'node:crypto';

import { fingerprintOf, modulusBits } from './fingerprint.ts';
import { type SealingCertificate, sealingCertificateOf } from './sealing-certificate.ts';

/** A private key that opens sealed values. */
export interface SealingKey {
  /** Where it was found: `kube-system/sealed-secrets-key7x2pq`, or a file's name. For messages. */
  readonly name: string;
  readonly privateKey: KeyObject;
  /** Of its public half. */
  readonly fingerprint: string;
  readonly bits: number;
  /** Its certificate's first day, else when its Secret was made; ms since the epoch. The newest key seals. */
  readonly madeMs: number;
  /** Absent where none was found, or one of another key: then it opens, but nothing can be sealed for it. */
  readonly certificate?: SealingCertificate;
}

export interface KeyMaterial {
  readonly name: string;
  /** PEM, PKCS#1 or PKCS#8, without a passphrase. */
  readonly privateKey: string;
  readonly certificate?: string;
  /** When its Secret was made; counts where there is no certificate. */
  readonly createdMs: number;
}

/** A key, or what is wrong with it: a few words that hold nothing of its content. */
export type KeyReading = { readonly key: SealingKey } | { readonly name: string; readonly broken: string };

/** Makes a key of its PEM texts. */
export function readSealingKey(material: KeyMaterial): KeyReading {
  const { name } = material;
  const privateKey = privateKeyOf(material.privateKey);
  if (privateKey === undefined) return { name, broken: 'holds no private key without passphrase in PEM' };
  const bits = modulusBits(privateKey);
  if (bits === undefined) return { name, broken: 'holds a private key that is not RSA' };
  const fingerprint = fingerprintOf(privateKey);
  const found = sealingCertificateOf(material.certificate ?? '');
  const certificate = found?.fingerprint === fingerprint ? found : undefined;
  const key = { name, privateKey, fingerprint, bits, madeMs: certificate?.notBeforeMs ?? material.createdMs };
  return { key: certificate === undefined ? key : { ...key, certificate } };
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's words are about the content.
    return undefined;
  }
}
