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

/**
 * Reads certificate, key and client CA, and checks that they are PEM, belong together and are valid at `wallMs`
 * (ms since the epoch).
 * @throws LatchkeyError LK-CONFIG. It names the file and never what is in it.
 */
export async function readMaterial(files: CertificateFiles, wallMs: number): Promise<TlsMaterial> {
  // One after the other: of several missing files the same one is named each time.
  const cert = await readText(files.certFile);
  const key = await readText(files.keyFile);
  const clientCa = files.clientCaFile === undefined ? undefined : await readText(files.clientCaFile);
  const leaf = certificatesIn(cert, files.certFile)[0];
  if (leaf?.checkPrivateKey(privateKeyIn(key, files.keyFile)) !== true) {
    throw wrong(
      files.keyFile,
      'is not the key of the certificate',
      'Give the key that belongs to --tls-cert.',
    );
  }
  checkDates(leaf, files.certFile, wallMs);
  if (clientCa !== undefined) {
    certificatesIn(clientCa, files.clientCaFile ?? '');
  }
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { clientCa }),
    notAfterMs: leaf.validToDate.getTime(),
  };
}

async function readText(file: string): Promise<string> {
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
