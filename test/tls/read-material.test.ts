import t from 'tap';
import { join } from 'node:path';
import { readMaterial } from '../../src/tls/read-material.ts';
import { testCertificates } from '../support/certificates.ts';

const DAY_MS = 86_400_000;

t.test('a good pair, with its date and the client CA', async (t) => {
  const { authority, serving } = await testCertificates(1);
  const root = t.testdir({
    'a.crt': serving.cert + authority.cert,
    'a.key': serving.key,
    'ca.crt': authority.cert,
  });
  const files = {
    certFile: join(root, 'a.crt'),
    keyFile: join(root, 'a.key'),
    clientCaFile: join(root, 'ca.crt'),
  };

  const material = await readMaterial(files, Date.now());

  t.equal(material.clientCa, authority.cert);
  t.equal(material.key, serving.key);
  t.ok(material.notAfterMs > Date.now() && material.notAfterMs <= Date.now() + DAY_MS);
});

t.test('each thing that can be wrong has its own words, and no byte of a file is among them', async (t) => {
  const [one, other] = await Promise.all([testCertificates(1), testCertificates(1)]);
  const broken = one.serving.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nhunter2hunter2hunter');
  const root = t.testdir({
    'good.crt': one.serving.cert,
    'good.key': one.serving.key,
    'other.key': other.serving.key,
    'empty.pem': '',
    'text.pem': 'hunter2',
    'broken.crt': broken,
    'broken.key': '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n',
  });
  const cases: readonly (readonly [string, string, RegExp, number?])[] = [
    ['missing.crt', 'good.key', /missing\.crt cannot be read/],
    ['good.crt', 'missing.key', /missing\.key cannot be read/],
    ['empty.pem', 'good.key', /holds no PEM certificate/],
    ['good.key', 'good.key', /holds no PEM certificate/],
    ['broken.crt', 'good.key', /cannot be decoded/],
    ['good.crt', 'text.pem', /holds no private key/],
    ['good.crt', 'broken.key', /holds no private key/],
    ['good.crt', 'other.key', /other\.key is not the key/],
    ['good.crt', 'good.key', /expired at \d{4}-/, 2 * DAY_MS],
    ['good.crt', 'good.key', /valid only from \d{4}-/, -2 * DAY_MS],
  ];

  for (const [cert, key, expected, later = 0] of cases) {
    const files = { certFile: join(root, cert), keyFile: join(root, key) };
    const error: unknown = await readMaterial(files, Date.now() + later).catch((reason: unknown) => reason);
    t.match(error, { code: 'LK-CONFIG', message: expected, cause: undefined }, `${cert} ${key}`);
    t.notMatch(JSON.stringify(error) + String(error), 'hunter2');
  }
});
