// kubernetes.io/tls from one bundle. The forms are those that the driver v1.6.0 writes for the same bundles.

import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';

import { generate } from 'selfsigned';
import t from 'tap';

import { TLS_PARTS } from '../../../src/definitions/ascp/tls-parts.ts';
import { LatchkeyError } from '../../../src/errors.ts';

const certificates = await Promise.all(
  ['one', 'two'].map(async (name) => (await generate([{ name: 'commonName', value: name }])).cert),
);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const edwards = generateKeyPairSync('ed25519').privateKey;

function pem(key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1'): string {
  return key.export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' });
}

function part(key: 'tls.crt' | 'tls.key', text: string): string {
  return Buffer.from(TLS_PARTS.get(key)?.(Buffer.from(text)) ?? []).toString();
}

for (const [name, key, written, label] of [
  ['RSA, PKCS#1', rsa, 'pkcs1', 'RSA PRIVATE KEY'],
  ['RSA, PKCS#8', rsa, 'pkcs8', 'RSA PRIVATE KEY'],
  ['elliptic curve, SEC 1', ec, 'sec1', 'EC PRIVATE KEY'],
  ['elliptic curve, PKCS#8', ec, 'pkcs8', 'EC PRIVATE KEY'],
  ['Ed25519', edwards, 'pkcs8', 'PRIVATE KEY'],
] as const) {
  t.test(`a bundle is taken apart: ${name}`, async (t) => {
    const bundle = `subject=CN = one\n${certificates[0]}\n${pem(key, written)}${certificates[1]}`;

    const crt = part('tls.crt', bundle);
    const found = part('tls.key', bundle);

    t.equal(crt, certificates.map((each) => new X509Certificate(each ?? '').toString()).join(''));
    t.ok(found.startsWith(`-----BEGIN ${label}-----\n`));
    t.ok(createPrivateKey(found).equals(key));
  });
}

t.test('line breaks of another system, and parameters before the key, are no matter', async (t) => {
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const bundle = `${parameters}${pem(ec, 'sec1')}${certificates[0]}`.replaceAll('\n', '\r\n');

  t.ok(createPrivateKey(part('tls.key', bundle)).equals(ec));
  t.equal(part('tls.crt', bundle), new X509Certificate(certificates[0] ?? '').toString());
});

for (const [name, key, text] of [
  ['no PEM', 'tls.crt', 'fixture-value'],
  ['no certificate', 'tls.crt', pem(rsa, 'pkcs8')],
  ['no key', 'tls.key', certificates[0] ?? ''],
  [
    'a key that is none',
    'tls.key',
    '-----BEGIN PRIVATE KEY-----\nZml4dHVyZS12YWx1ZQ==\n-----END PRIVATE KEY-----\n',
  ],
  ['an end that is missing', 'tls.key', pem(rsa, 'pkcs8').replace('-----END', '----')],
  [
    'an encrypted key',
    'tls.key',
    rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'fixture-value' }),
  ],
  ['PFX', 'tls.crt', Buffer.from([0x30, 0x82, 0x0a, 0xff]).toString('latin1')],
] as const) {
  t.test(`refused, with no word of the value: ${name}`, async (t) => {
    const error = t.throws(() => part(key, text)) as unknown;

    t.ok(error instanceof LatchkeyError && error.code === 'LK-ENCODING', String(error));
    t.notMatch(String(error), /fixture-value|MII/);
  });
}

t.test('thousands of beginnings without an end take no time to speak of', async (t) => {
  const hostile = '-----BEGIN A-----\n'.repeat(3_500);

  t.throws(() => part('tls.key', hostile), { code: 'LK-ENCODING' });
});
