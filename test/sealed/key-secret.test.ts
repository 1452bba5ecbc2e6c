import { generateKeyPairSync } from 'node:crypto';

import t from 'tap';

import { keyRing, newestCertificate } from '../../src/sealed/key-ring.ts';
import { readKeySecret } from '../../src/sealed/key-secret.ts';
import { keySecret, privateKeys } from '../support/sealing-keys.ts';

const [key, other] = privateKeys(2);
if (key === undefined || other === undefined) throw new Error('no keys');
const CANARY = 'canary-77aa';

for (const form of ['pkcs1', 'pkcs8'] as const) {
  t.test(`a key in ${form} is read, and as old as its certificate says`, async (t) => {
    const secret = await keySecret(key, {
      form,
      notBefore: '2026-03-04T05:06:07Z',
      created: '2026-09-09T00:00:00Z',
    });

    t.match(readKeySecret(secret), {
      key: {
        name: 'kube-system/sealed-secrets-keyabcde',
        bits: 2048,
        madeMs: Date.parse('2026-03-04T05:06:07Z'),
        certificate: { bits: 2048 },
      },
    });
  });
}

t.test('a key without a certificate is as old as its Secret', async (t) => {
  const read = readKeySecret(await keySecret(key, { created: '2026-09-09T00:00:00Z' }));

  t.match(read, { key: { madeMs: Date.parse('2026-09-09T00:00:00Z'), certificate: undefined } });
});

t.test('the certificate of another key is none: nothing may be sealed with it', async (t) => {
  const secret = await keySecret(key, { notBefore: '2026-03-04T00:00:00Z' });
  const foreign = await keySecret(other, { notBefore: '2026-05-05T00:00:00Z' });

  const read = readKeySecret({ ...secret, data: { ...secret.data, 'tls.crt': foreign.data['tls.crt'] } });

  t.match(read, { key: { certificate: undefined, madeMs: Date.parse('2026-01-01T00:00:00Z') } });
});

t.test('a certificate whose key is gone is named, and nothing is sealed with it', async (t) => {
  const secret = await keySecret(key, { notBefore: '2026-03-04T00:00:00Z' });

  const read = readKeySecret({ ...secret, data: { 'tls.crt': secret.data['tls.crt'] } });

  t.strictSame(read, { name: 'kube-system/sealed-secrets-keyabcde', broken: 'has no tls.key' });
  t.equal(newestCertificate(keyRing(read === undefined ? [] : [read])), undefined);
});

t.test('a Secret with another label is out of use, and so is one without', async (t) => {
  const secret = await keySecret(key);

  t.equal(readKeySecret(await keySecret(key, { label: 'compromised' })), undefined);
  t.equal(readKeySecret(await keySecret(key, { label: 'Active' })), undefined);
  t.equal(readKeySecret({ ...secret, metadata: { ...secret.metadata, labels: {} } }), undefined);
});

t.test('the Secret of the time before labels is read by its name', async (t) => {
  const secret = await keySecret(key);
  const metadata = { ...secret.metadata, name: 'sealed-secrets-key', labels: undefined };

  t.match(readKeySecret({ ...secret, metadata }), { key: { name: 'kube-system/sealed-secrets-key' } });
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
const locked = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: CANARY });

for (const [what, text, reason] of [
  ['no key at all', '', 'has no tls.key'],
  ['nonsense', CANARY, 'holds no private key without passphrase in PEM'],
  ['a locked key', locked, 'holds no private key without passphrase in PEM'],
  [
    'a key cut short',
    `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}\n-----END RSA PRIVATE KEY-----`,
    'holds no',
  ],
  ['an elliptic key', ec.export({ type: 'sec1', format: 'pem' }), 'that is not RSA'],
  ['a key for signatures', pss.export({ type: 'pkcs8', format: 'pem' }), 'that is not RSA'],
] as const) {
  t.test(`a Secret with ${what} is named, and nothing of its content`, async (t) => {
    const secret = await keySecret(key);

    const read = readKeySecret({ ...secret, data: { 'tls.key': Buffer.from(text).toString('base64') } });

    t.match(read, { name: 'kube-system/sealed-secrets-keyabcde', broken: reason });
    t.notMatch(JSON.stringify(read), CANARY);
  });
}

for (const [what, secret] of [
  ['nothing', undefined],
  ['a text', 'Secret'],
  ['a list', []],
  ['no metadata', { data: {} }],
] as const) {
  t.test(`${what} is no sealing key`, async (t) => {
    t.equal(readKeySecret(secret), undefined);
  });
}

t.test('data that is no mapping is a Secret without a key', async (t) => {
  const secret = await keySecret(key);

  t.match(readKeySecret({ ...secret, data: [1] }), { broken: 'has no tls.key' });
  t.match(readKeySecret({ ...secret, data: { 'tls.key': 5 } }), { broken: 'has no tls.key' });
});
