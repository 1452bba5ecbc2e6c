import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { issueSealingCertificate } from '../../../src/sealed/issue-certificate.ts';
import { runSeal, writeKey } from '../../support/sealing.ts';
import { privateKeys } from '../../support/sealing-keys.ts';

const folder = t.testdir();
const { cert, key } = writeKey(folder);
const pem = readFileSync(cert, 'utf8');

t.test('cert prints the certificate, and what is to be compared', async (t) => {
  const { code, stdout, stderr } = await runSeal(['cert', '--cert', cert]);

  t.equal(code, 0);
  t.equal(stdout.trim(), pem.trim());
  t.match(stderr, /2048 bits, from 2026-01-01 to 2126-01-01, SHA-256 of its public key [0-9a-f]{64}/);
});

t.test('an expired certificate is refused', async (t) => {
  const [small, expired] = [join(folder, 'small.pem'), join(folder, 'expired.pem')];
  const [weak] = privateKeys(1, 1024);
  const [strong] = privateKeys(1, 2048);
  if (weak === undefined || strong === undefined) throw new Error('no keys');
  const day = 86_400_000;
  writeFileSync(small, await issueSealingCertificate(weak, { notBeforeMs: 0, notAfterMs: Date.now() + day }));
  writeFileSync(
    expired,
    await issueSealingCertificate(strong, { notBeforeMs: 0, notAfterMs: Date.now() - day }),
  );

  await t.rejects(runSeal(['--raw', '--scope', 'cluster-wide', '--cert', expired], 'x'), {
    code: 'LK-CONFIG',
    message: /expired at \d{4}-/,
  });
  await t.rejects(runSeal(['--raw', '--scope', 'cluster-wide', '--cert', small], 'x'), /a key of 1024 bits/);
});

for (const [what, content] of [
  ['nothing', ''],
  ['a private key', readFileSync(key, 'utf8')],
  ['nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
] as const) {
  t.test(`a certificate file that holds ${what} is refused`, async (t) => {
    const file = join(t.testdir({ 'cert.pem': content }), 'cert.pem');

    await t.rejects(runSeal(['cert', '--cert', file]), /holds no certificate of an RSA key in PEM/);
  });
}

const server = createServer((request, response) => {
  if (request.url === '/cert.pem') response.end(pem);
  else if (request.url === '/moved') response.writeHead(302, { location: '/cert.pem' }).end();
  else if (request.url === '/away')
    response.writeHead(302, { location: 'http://example.com/cert.pem' }).end();
  else if (request.url === '/circle') response.writeHead(302, { location: '/circle' }).end();
  else if (request.url === '/endless') response.end('x'.repeat(300_000));
  else response.writeHead(404).end();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

t.test('a certificate is fetched from this machine, also from where it moved to', async (t) => {
  for (const path of ['/cert.pem', '/moved'])
    t.equal((await runSeal(['cert', '--cert', base + path])).stdout.trim(), pem.trim());
});

for (const [address, message] of [
  ['http://example.com/cert.pem', /would come over plain HTTP/],
  [`${base}/away`, /would come over plain HTTP/],
  [`${base}/circle`, /leads from one address to the next/],
  [`${base}/endless`, /more than a certificate/],
  [`${base}/missing`, /answers 404/],
  ['http://127.0.0.1:1/cert.pem', /does not answer/],
  ['no-such-file.pem', /is not there/],
] as const) {
  t.test(`--cert ${address.replace(base, 'http://127.0.0.1')} is refused`, async (t) => {
    await t.rejects(runSeal(['cert', '--cert', address]), message);
  });
}
