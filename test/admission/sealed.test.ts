// `sealed:` references and SealedSecrets, through the whole server.

import { createPublicKey, type KeyObject } from 'node:crypto';

import t from 'tap';

import { labelOf, type SealedFor } from '../../src/sealed/scope.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { type Installation, podOf, startInstallation } from '../support/installation.ts';
import { createKeySecrets, type KeySecrets } from '../support/key-secrets.ts';
import { keySecret, privateKeys } from '../support/sealing-keys.ts';
import { variable } from '../support/stored.ts';

const CANARY = 'canary-ab12-hunter2';
const [key, other] = privateKeys(2) as [KeyObject, KeyObject];
const secret = await keySecret(key, { notBefore: '2026-01-01T00:00:00Z' });
const KEYS = ['--sealing-key-namespaces', 'kube-system'];

interface Shop extends Installation {
  readonly keys: KeySecrets;
}

async function shopWith(
  t: Pick<Tap, 'teardown'>,
  flags: readonly string[] = [],
  policy?: string,
): Promise<Shop> {
  const keys = createKeySecrets();
  const installation = await startInstallation({
    flags: [...KEYS, ...flags],
    sealingKeys: keys,
    ...(policy === undefined ? {} : { policy }),
  });
  t.teardown(() => installation.close());
  keys.put('one', secret);
  return { ...installation, keys };
}
type Tap = typeof t;

async function seal(text: string, sealedFor: Partial<SealedFor> = {}, by = key): Promise<string> {
  const label = labelOf({ scope: 'namespace-wide', namespace: 'shop', name: 'db', ...sealedFor });
  return await sealValue(new Uint8Array(Buffer.from(text)), label, createPublicKey(by));
}

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

/** What the first managed Secret of the namespace holds. */
function managed(shop: Shop): Readonly<Record<string, string>> {
  const [found] = shop.kubernetes
    .secrets('shop')
    .filter(({ metadata }) => metadata.name.startsWith('latchkey-'));
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

t.test('a sealed reference is delivered without a role, and nothing of it is written anywhere', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const text = await seal(CANARY);
  const json = await seal(JSON.stringify({ user: CANARY, port: 5432 }));
  const annotations = {
    'latchkey.dev/env.PASSWORD': `sealed:${text}`,
    'latchkey.dev/env.URL': `postgres://((sealed:${json}?encode=url#user))@db:((sealed:${json}#port))`,
    'latchkey.dev/file.password': `sealed:${text}`,
  };

  const answer = await shop.review(podOf({ annotations }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.same(
    Object.values(managed(shop)).toSorted(),
    [CANARY, CANARY, `postgres://${CANARY}@db:5432`].toSorted(),
  );
  t.equal(shop.aws.count(), 0, 'AWS is not asked');
  t.equal(shop.kubernetes.calls('/token'), 0);
  t.notMatch(await shop.written(), CANARY);
});

t.test('however many pods ask for one value, it is opened once', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = { 'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY)}` };

  const answers = [];
  for (let batch = 0; batch < 10; batch += 1)
    answers.push(
      ...(await Promise.all(Array.from({ length: 20 }, () => shop.review(podOf({ annotations }))))),
    );

  t.ok(answers.every(({ allowed }) => allowed));
  t.match(await shop.written(), 'latchkey_sealed_tries_total{outcome="opened"} 1\n');
});

for (const [what, sealedFor] of [
  ['for another namespace', { namespace: 'bank' }],
  ['strictly', { scope: 'strict' }],
  ['for the whole cluster', { scope: 'cluster-wide' }],
] as const) {
  t.test(`what was sealed ${what} is refused, with the way out`, async (t) => {
    const shop = await shopWith(t);
    shop.kubernetes.addServiceAccount('shop', 'app');
    const annotations = { 'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY, sealedFor)}` };

    const answer = await shop.review(podOf({ annotations }));

    t.equal(answer.allowed, false);
    t.same(codes(answer), ['LK-SEALED']);
    t.match(
      answer.status?.message,
      /none of 1 sealing key \(\d+ days old\) opens it \(namespace-wide, for shop\)/,
    );
    t.match(answer.status?.message, 'latchkey seal --raw --scope namespace-wide --namespace shop');
    t.same(managed(shop), {});
  });
}

t.test('what a pod says of its own namespace does not count', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = { 'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY, { namespace: 'bank' })}` };
  const pod = podOf({ annotations });

  const answer = await shop.review(
    { ...pod, metadata: { ...(pod['metadata'] as object), namespace: 'bank' } },
    { namespace: 'shop' },
  );

  t.equal(answer.allowed, false);
  t.notMatch(await shop.written(), CANARY);
});

t.test('the same text that opened in one namespace does not open in another', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addNamespace('bank');
  shop.kubernetes.addServiceAccount('shop', 'app');
  shop.kubernetes.addServiceAccount('bank', 'app');
  const annotations = { 'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY)}` };

  const here = await shop.review(podOf({ annotations }));
  const there = await shop.review(podOf({ annotations }), { namespace: 'bank' });

  t.equal(here.allowed, true, here.status?.message ?? '');
  t.equal(there.allowed, false);
  t.match(there.status?.message, 'namespace-wide, for bank');
});

t.test('cluster-wide values open where the operator allows them', async (t) => {
  const shop = await shopWith(t, ['--allow-cluster-wide']);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = {
    'latchkey.dev/env.A': `sealed:${await seal(CANARY, { scope: 'cluster-wide' })}`,
    'latchkey.dev/env.B': `sealed:${await seal('b')}`,
  };

  const answer = await shop.review(podOf({ annotations }));
  const strict = await shop.review(
    podOf({ annotations: { 'latchkey.dev/env.A': `sealed:${await seal('c', { scope: 'strict' })}` } }),
  );

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.match(strict.status?.message, 'opens it (namespace-wide, for shop), nor cluster-wide');
});

t.test('memory delivery is refused: no key leaves the webhook', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = {
    'latchkey.dev/delivery': 'memory',
    'latchkey.dev/file.password': `sealed:${await seal(CANARY)}`,
  };

  const answer = await shop.review(podOf({ annotations }));

  t.same(codes(answer), ['LK-SEALED']);
  t.match(answer.status?.message, 'no sealing key leaves the webhook');
});

t.test('plaintext delivery takes sealed values as any other', async (t) => {
  const shop = await shopWith(t, ['--allow-plaintext', '--caller-auth', 'network']);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = {
    'latchkey.dev/delivery': 'plaintext',
    'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY)}`,
  };
  const pod = podOf({ annotations });

  const answer = await shop.review(pod);

  t.equal(variable(applied(pod, answer), 'PASSWORD'), CANARY);
});

t.test('a dry run says whether a value opens, and nothing that hangs on what it holds', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const text = await seal(CANARY);
  const dry = (reference: string) =>
    shop.review(podOf({ annotations: { 'latchkey.dev/env.A': reference } }), { dryRun: true });

  const whole = await dry(`sealed:${text}`);
  const property = await dry(`sealed:${text}#no.such`);
  const decoded = await dry(`sealed:${text}?decode=base64`);
  const foreign = await dry(`sealed:${await seal(CANARY, {}, other)}`);

  t.ok(whole.allowed && property.allowed && decoded.allowed);
  t.same(codes(foreign), ['LK-SEALED']);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
});

t.test('a key that is marked as compromised opens nothing from then on', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  shop.kubernetes.addServiceAccount('shop', 'app');
  const annotations = { 'latchkey.dev/env.PASSWORD': `sealed:${await seal(CANARY)}` };
  const before = await shop.review(podOf({ annotations }));

  const labels = { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' };
  shop.keys.put('one', { ...secret, metadata: { ...secret.metadata, labels } });
  const after = await shop.review(podOf({ annotations }));
  shop.keys.put('two', await keySecret(key, { notBefore: '2026-02-01T00:00:00Z' }));
  const again = await shop.review(podOf({ annotations }));

  t.same([before.allowed, after.allowed, again.allowed], [true, false, true]);
  t.match(after.status?.message, 'there is no sealing key to open it with');
});

t.test('without --sealing-key-namespaces nothing opens, and the message names the flag', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.kubernetes.addServiceAccount('shop', 'app');

  const answer = await shop.review(
    podOf({ annotations: { 'latchkey.dev/env.A': `sealed:${await seal(CANARY)}` } }),
  );

  t.same(codes(answer), ['LK-SEALED']);
  t.match(answer.status?.message, '--sealing-key-namespaces');
});

t.test('values of AWS and sealed ones stand beside each other, and each problem is told', async (t) => {
  const shop = await shopWith(t);
  shop.account('app');
  shop.aws.ssm.put('/a', 'from-aws', { region: 'ap-northeast-1' });
  const fine = { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/env.B': `sealed:${await seal(CANARY)}` };
  const wrong = {
    'latchkey.dev/env.A': 'ssm:/missing',
    'latchkey.dev/env.B': `sealed:${await seal('x', {}, other)}`,
  };

  const both = await shop.review(podOf({ annotations: fine }));
  const neither = await shop.review(podOf({ annotations: wrong }));

  t.equal(both.allowed, true, both.status?.message ?? '');
  t.same(Object.values(managed(shop)).toSorted(), [CANARY, 'from-aws']);
  t.same(codes(neither).toSorted(), ['LK-NOT-FOUND', 'LK-SEALED']);
});

const policyOf = (names: string): string =>
  `version: 1\nrules:\n  - namespaces: { names: ['**'] }\n    names: ['${names}']\n`;

for (const [names, allowed] of [
  ['ssm:/**', false],
  ['sealed:cluster-wide', false],
  ['sealed:namespace-wide', true],
  ['sealed:*', true],
  ['**', true],
] as const) {
  t.test(
    `with names ${names} permitted, a sealed reference is ${allowed ? '' : 'not '}permitted`,
    async (t) => {
      const shop = await shopWith(t, ['--allow-cluster-wide'], policyOf(names));
      shop.kubernetes.addServiceAccount('shop', 'app');

      const answer = await shop.review(
        podOf({ annotations: { 'latchkey.dev/env.A': `sealed:${await seal(CANARY)}` } }),
      );

      t.equal(answer.allowed, allowed, answer.status?.message ?? '');
      if (!allowed) t.same(codes(answer), ['LK-POLICY']);
    },
  );
}
