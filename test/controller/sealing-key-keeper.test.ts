import t from 'tap';

import { createSealingKeyKeeper } from '../../src/controller/sealing-key-keeper.ts';
import type { SecretHead, StoredSecret } from '../../src/kubernetes/controller-api.ts';
import { createSealingKey } from '../../src/sealed/create-sealing-key.ts';
import { readKeySecret } from '../../src/sealed/key-secret.ts';
import { createLog } from '../../src/telemetry/log.ts';

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const made = { privateKey: 'PRIVATE-canary', certificate: 'CERTIFICATE' };

function keeper(ages: readonly number[], renewAfterMs = 30 * DAY) {
  const secrets: StoredSecret[] = [];
  const lines: string[] = [];
  const asked: string[] = [];
  const round = createSealingKeyKeeper({
    api: {
      eachSecret: async ({ namespace, labelSelector }, visit) => {
        asked.push(`${namespace ?? ''} ${labelSelector}`);
        for (const age of ages) visit({ createdMs: NOW - age } as SecretHead);
      },
      recreateSecret: async (secret) => {
        secrets.push(secret);
        return 'done';
      },
    },
    namespace: 'latchkey',
    renewAfterMs,
    clock: { now: () => 0, wall: () => NOW },
    log: createLog('debug', { write: (line) => lines.push(line) }),
    createKey: async () => made,
  });
  return { secrets, lines, asked, round: () => round(new AbortController().signal) };
}

t.test('the first key is made where there is none', async (t) => {
  const { secrets, lines, asked, round } = keeper([]);

  await round();

  t.same(asked, ['latchkey sealedsecrets.bitnami.com/sealed-secrets-key=active']);
  t.match(secrets, [
    {
      namespace: 'latchkey',
      name: /^latchkey-sealing-key-[0-9a-f]{8}$/,
      type: 'kubernetes.io/tls',
      immutable: true,
      metadata: {
        labels: {
          'sealedsecrets.bitnami.com/sealed-secrets-key': 'active',
        },
      },
    },
  ]);
  t.equal(Buffer.from(secrets[0]?.data.get('tls.key')?.reveal() ?? []).toString(), made.privateKey);
  t.notMatch(lines.join('\n'), 'canary');
});

for (const [ages, isMade] of [
  [[29 * DAY], false],
  [[31 * DAY], true],
  [[100 * DAY, 29 * DAY, 60 * DAY], false],
  [[100 * DAY, 31 * DAY], true],
] as const) {
  t.test(
    `with keys ${ages.map((age) => age / DAY).join(', ')} days old, ${isMade ? 'one' : 'none'} is made`,
    async (t) => {
      const { secrets, round } = keeper(ages);

      await round();

      t.equal(secrets.length, isMade ? 1 : 0);
    },
  );
}

t.test('without renewal a key of any age will do', async (t) => {
  const { secrets, round } = keeper([5000 * DAY], 0);

  await round();

  t.equal(secrets.length, 0);
});

t.test('a key that is made is one that can be read, and seals for ten years', async (t) => {
  const { privateKey, certificate } = await createSealingKey(NOW);
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  const read = readKeySecret({
    metadata: {
      name: 'a',
      namespace: 'b',
      labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
    },
    data: { 'tls.key': base64(privateKey), 'tls.crt': base64(certificate) },
  });

  t.match(privateKey, /^-----BEGIN RSA PRIVATE KEY-----/);
  t.match(read, { key: { bits: 4096, certificate: { notAfterMs: NOW + 3650 * DAY } } });
  t.match(read, { key: { madeMs: NOW } }, 'newer than any that was there before');
});
