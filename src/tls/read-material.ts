import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { TlsMaterial } from './material.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Texts, PEM; or what messages call each of them. */
interface Parts {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}

/**
 * Reads certificate, key and client CA, and checks them as {@link checkMaterial} does.
 * @throws LatchkeyError LK-CONFIG. It names the file and never what is in it.
 */
export async function readMaterial(files: CertificateFiles, wallMs: number): Promise<TlsMaterial> {
  const { certFile, keyFile, clientCaFile } = files;
  // One after the other: of several missing files the same one is named each time.
  const cert = await readText(certFile);
  const key = await readText(keyFile);
  const clientCa = clientCaFile === undefined ? undefined : await readText(clientCaFile);
  const names = { cert: certFile, key: keyFile, clientCa: clientCaFile ?? '' };
  return checkMaterial({ cert, key, ...(clientCa === undefined ? {} : { clientCa }) }, names, wallMs);
}

/**
 * Checks that certificate, key and client CA are PEM, belong together and are valid at `wallMs` (ms since the epoch).
 * @param names what messages call each
 * @throws LatchkeyError LK-CONFIG
 */
export function checkMaterial(texts: Parts, names: Parts, wallMs: number): TlsMaterial {
  const { cert, key, clientCa } = texts;
  const leaf = certificatesIn(cert, names.cert)[0];
  if (leaf?.checkPrivateKey(privateKeyIn(key, names.key)) !== true) {
    throw wrong(
      names.key,
      'is not the key of the certificate',
      'Give the key that belongs to the certificate.',
    );
  }
  checkDates(leaf, names.cert, wallMs);
  if (clientCa !== undefined) {
    certificatesIn(clientCa, names.clientCa ?? '');
  }
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { clientCa }),
    notAfterMs: leaf.validToDate.getTime(),
  };
}

/** @throws LatchkeyError LK-CONFIG */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw wrong(file, 'cannot be read', 'Check the path and its permissions.');
  }
}

/** At least one; the leaf first. */
function certificatesIn(pem: string, file: string): readonly X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    throw wrong(file, 'holds no PEM certificate', 'Give a file that begins with BEGIN CERTIFICATE.');
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw wrong(file, 'holds a certificate that cannot be decoded', 'Make the certificate again.');
  }
}

function privateKeyIn(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw wrong(file, 'holds no private key without passphrase in PEM', 'Give an unencrypted PEM key.');
  }
}

function checkDates(leaf: X509Certificate, file: string, wallMs: number): void {
  if (leaf.validToDate.getTime() <= wallMs) {
    throw wrong(file, `expired at ${leaf.validToDate.toISOString()}`, 'Renew the certificate.');
  }
  if (leaf.validFromDate.getTime() > wallMs) {
    throw wrong(file, `is valid only from ${leaf.validFromDate.toISOString()}`, 'Check the clocks.');
  }
}

function wrong(file: string, what: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-CONFIG', `${printable(file, 300)} ${what}`, remedy);
}
