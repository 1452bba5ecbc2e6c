import t from 'tap';

import { keyRing, MAX_KEYS, newestCertificate } from '../../src/sealed/key-ring.ts';
import { readKeySecret } from '../../src/sealed/key-secret.ts';
import type { KeyReading } from '../../src/sealed/sealing-key.ts';
import { keySecret, privateKeys, sealingKey } from '../support/sealing-keys.ts';

const keys = privateKeys(MAX_KEYS + 2, 1024);

async function reading(index: number, options: Parameters<typeof keySecret>[1]): Promise<KeyReading> {
  const read = readKeySecret(await keySecret(keys[index] as never, options));
  if (read === undefined) throw new Error('no key');
  return read;
}

t.test('keys come newest first, whatever the order in which they were found', async (t) => {
  const old = await reading(0, { name: 'old', notBefore: '2026-01-01T00:00:00Z' });
  const middle = await reading(1, { name: 'middle', created: '2026-02-01T00:00:00Z' });
  const young = await reading(2, { name: 'young', notBefore: '2026-03-01T00:00:00Z' });

  const ring = keyRing([middle, old, young]);

  t.same(
    ring.keys.map(({ name }) => name),
    ['kube-system/young', 'kube-system/middle', 'kube-system/old'],
  );
});

t.test('a key that two Secrets hold is tried once', async (t) => {
  const one = await reading(0, { name: 'one', notBefore: '2026-01-01T00:00:00Z' });
  const copy = await reading(0, { name: 'copy', created: '2025-01-01T00:00:00Z' });

  t.same(
    keyRing([copy, one]).keys.map(({ name }) => name),
    ['kube-system/one'],
  );
});

t.test('what is broken is named beside the keys that work', async (t) => {
  const one = await reading(0, {});

  const ring = keyRing([{ name: 'kube-system/bad', broken: 'has no tls.key' }, one]);

  t.equal(ring.keys.length, 1);
  t.same(ring.broken, [{ name: 'kube-system/bad', reason: 'has no tls.key' }]);
});

t.test('of too many keys the oldest are left out, and named', async (t) => {
  const readings = keys.map((key, index) => ({
    key: sealingKey(key, { name: `key${String(index)}`, madeMs: index }),
  }));

  const ring = keyRing(readings);

  t.equal(ring.keys.length, MAX_KEYS);
  t.equal(ring.keys[0]?.name, `key${String(MAX_KEYS + 1)}`);
  t.same(
    ring.broken.map(({ name }) => name),
    ['key1', 'key0'],
  );
});

t.test('new values are sealed with the newest certificate, though a newer key may have none', async (t) => {
  const old = await reading(0, { notBefore: '2026-01-01T00:00:00Z' });
  const older = await reading(1, { notBefore: '2025-01-01T00:00:00Z' });
  const bare = await reading(2, { created: '2026-05-01T00:00:00Z' });

  const certificate = newestCertificate(keyRing([bare, older, old]));

  t.equal(certificate?.notBeforeMs, Date.parse('2026-01-01T00:00:00Z'));
  t.equal(newestCertificate(keyRing([bare])), undefined);
});
