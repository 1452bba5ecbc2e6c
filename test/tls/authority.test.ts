import t from 'tap';
import { X509Certificate } from 'node:crypto';
import { createAuthority, isDnsName, issueServing, serviceNames } from '../../src/tls/authority.ts';

t.test(
  'the certificate is signed by the authority, for the names that the API server verifies',
  async (t) => {
    const wallMs = Date.UTC(2030, 0, 1);
    const authority = await createAuthority({ days: 30, wallMs });
    const dns = serviceNames('latchkey', 'infra');
    const issued = await issueServing(authority, { dns, ips: ['10.0.0.1', '::1'], days: 30, wallMs });
    const ca = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(issued.cert);

    t.ok(leaf.verify(ca.publicKey));
    t.ok(ca.ca);
    t.notOk(leaf.ca);
    t.ok(leaf.checkHost('latchkey.infra.svc'));
    t.ok(leaf.checkIP('::1'));
    t.notOk(leaf.checkHost('latchkey.other.svc'));
    t.equal(leaf.validToDate.getTime(), Date.UTC(2030, 0, 31));
    t.ok(leaf.validFromDate.getTime() < wallMs, 'valid for callers whose clock is behind');
    t.equal(leaf.publicKey.asymmetricKeyType, 'ec');
  },
);

t.test('host names', async (t) => {
  for (const name of ['localhost', 'a.b.svc', '*.example.com', '1.example']) {
    t.ok(isDnsName(name), name);
  }
  for (const name of [
    '',
    'A.b',
    'a..b',
    '-a',
    'a_b',
    '127.0.0.1',
    'a,CN=evil',
    'a\nb',
    `${'a'.repeat(64)}.b`,
  ]) {
    t.notOk(isDnsName(name), name);
  }
});
