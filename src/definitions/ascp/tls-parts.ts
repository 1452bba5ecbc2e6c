// What the driver takes out of a file for a Secret of type kubernetes.io/tls: certificates for one key, the private key for the
// other, so that both may be taken from one bundle.

import { createPrivateKey, type KeyObject } from 'node:crypto';

import { LatchkeyError } from '../../errors.ts';
import { textOf } from '../../request/encoding.ts';

interface Block {
  readonly label: string;
  readonly der: Buffer;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';
const CERTIFICATE = 'CERTIFICATE';
const COLUMNS = /.{1,64}/g;

/** By the key of the Secret. Each throws LK-ENCODING, with nothing of the value. */
export const TLS_PARTS: ReadonlyMap<string, (bytes: Uint8Array) => Uint8Array> = new Map([
  ['tls.crt', certificatesIn],
  ['tls.key', privateKeyIn],
]);

/** All certificates, in their order, written anew. */
function certificatesIn(bytes: Uint8Array): Uint8Array {
  const found = blocksIn(bytes).filter(({ label }) => label === CERTIFICATE);
  if (found.length === 0) throw none('certificate');
  return Buffer.from(found.map(({ der }) => pemOf(CERTIFICATE, der)).join(''));
}

/** The last block that is no certificate: RSA as PKCS#1, elliptic curves as SEC 1, others as PKCS#8. */
function privateKeyIn(bytes: Uint8Array): Uint8Array {
  const block = blocksIn(bytes).findLast(({ label }) => label !== CERTIFICATE);
  if (block === undefined) throw none('private key');
  const key = readKey(block.der);
  const type = FORMS.get(key.asymmetricKeyType) ?? 'pkcs8';
  return Buffer.from(key.export({ type, format: 'pem' }));
}

const FORMS: ReadonlyMap<unknown, 'pkcs1' | 'sec1'> = new Map([
  ['rsa', 'pkcs1'],
  ['ec', 'sec1'],
]);

/** By what it holds: its label may say something else. */
function readKey(der: Buffer): KeyObject {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // The next form; the text of the parser says nothing that may be shown.
    }
  }
  throw new LatchkeyError(
    'LK-ENCODING',
    'its last PEM block is no private key that can be read',
    'Store it as PKCS#1, PKCS#8 or SEC 1, not encrypted.',
  );
}

/** What is no PEM is passed over, as everybody who reads PEM does. */
function blocksIn(bytes: Uint8Array): readonly Block[] {
  const text = textOf(bytes) ?? '';
  const blocks: Block[] = [];
  let at = text.indexOf(BEGIN);
  while (at !== -1) {
    const labelEnd = text.indexOf(DASHES, at + BEGIN.length);
    const label = labelEnd === -1 ? '' : text.slice(at + BEGIN.length, labelEnd);
    const from = labelEnd + DASHES.length;
    const end =
      label === '' || label.includes('\n') ? -1 : text.indexOf(`${DASHES}END ${label}${DASHES}`, from);
    if (end !== -1) blocks.push({ label, der: Buffer.from(bodyOf(text.slice(from, end)), 'base64') });
    at = text.indexOf(BEGIN, end === -1 ? at + 1 : end);
  }
  return blocks;
}

/** Headers, with a colon, stand before an empty line. */
function bodyOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => !line.includes(':')).join('');
}

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(COLUMNS) ?? [];
  return `${BEGIN}${label}${DASHES}\n${lines.join('\n')}\n${DASHES}END ${label}${DASHES}\n`;
}

function none(what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-ENCODING',
    `it holds no ${what} in PEM`,
    'Store PEM. PFX (PKCS#12) is not read: convert it with openssl pkcs12 -nodes.',
  );
}
