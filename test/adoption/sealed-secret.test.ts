// A pod that refers to a Secret that a SealedSecret makes.

import { createPublicKey, type KeyObject } from 'node:crypto';

import t, { type Test } from 'tap';

import { labelOf, type SealedFor } from '../../src/sealed/scope.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { foreignSecret, startAdoption, userOf, type AdoptionInstallation } from '../support/adoption.ts';
import type { AdmissionAnswer, Raw } from '../support/admission-client.ts';
import { createKeySecrets, type KeySecrets } from '../support/key-secrets.ts';
import { SEALED_SECRET } from '../support/kubernetes-double-custom.ts';
import { keySecret, privateKeys } from '../support/sealing-keys.ts';

const CANARY = 'canary-e5e5-hunter2';
const keys = privateKeys(3) as [KeyObject, KeyObject, KeyObject];
const [old, fresh, foreign] = keys;
const [oldSecret, freshSecret] = await Promise.all([
  keySecret(old, { notBefore: '2026-01-01T00:00:00Z' }),
  keySecret(fresh, { notBefore: '2026-06-01T00:00:00Z' }),
]);

interface Shop extends AdoptionInstallation {
  readonly keys: KeySecrets;
  /** A SealedSecret whose values are sealed with a key, strictly unless said otherwise. */
  sealed(name: string, values: Readonly<Record<string, string>>, options?: SealedOptions): Promise<string>;
}

interface SealedOptions {
  readonly by?: KeyObject;
  readonly sealedFor?: Partial<SealedFor>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly template?: Raw;
}

async function shopWith(t: Test, flags: readonly string[] = [], policy?: string): Promise<Shop> {
  const secrets = createKeySecrets();
  const shop = await startAdoption({
    flags: [
      ...(flags.includes('--sealing-key-namespaces') ? [] : ['--sealing-key-namespaces', 'kube-system']),
      ...flags,
    ],
    sealingKeys: secrets,
    ...(policy === undefined ? {} : { policy }),
  });
  t.teardown(() => shop.close());
  secrets.put('old', oldSecret);
  secrets.put('fresh', freshSecret);
  shop.kubernetes.addServiceAccount('shop', 'app');
  return {
    ...shop,
    keys: secrets,
    async sealed(name, values, { by = fresh, sealedFor = {}, annotations = {}, template = {} } = {}) {
      const label = labelOf({ scope: 'strict', namespace: 'shop', name, ...sealedFor });
      const encrypted = Object.entries(values).map(
        async ([key, text]) =>
          [key, await sealValue(new Uint8Array(Buffer.from(text)), label, createPublicKey(by))] as const,
      );
      const spec = { encryptedData: Object.fromEntries(await Promise.all(encrypted)), template };
      // What is applied again is the same object.
      const uid = `uid-of-${name}`;
      const seed = { rest: { spec }, annotations, uid };
      shop.kubernetes.custom.put(SEALED_SECRET, { namespace: 'shop', name }, seed);
      return uid;
    },
  };
}

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

t.test('the Secret is there before its pod is admitted, and belongs to the SealedSecret', async (t) => {
  const shop = await shopWith(t);
  const uid = await shop.sealed(
    'db',
    { password: CANARY },
    {
      template: { metadata: { labels: { app: 'shop' } }, data: { url: 'db://{{ .password }}' } },
    },
  );

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: CANARY, url: `db://${CANARY}` });
  const [secret] = shop.kubernetes.secrets('shop');
  t.match(secret?.metadata, {
    labels: { app: 'shop', 'latchkey.dev/adopted': 'sealed-secret' },
    ownerReferences: [
      { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'db', uid, controller: true },
    ],
  });
  t.equal(shop.aws.count(), 0);
  t.equal(shop.kubernetes.calls('/token'), 0);
  t.notMatch(await shop.written(), CANARY);
});

t.test('however many pods refer to it, each value is opened once', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  await shop.sealed('db', { password: CANARY, other: 'x' });

  const answers = [];
  for (let batch = 0; batch < 10; batch += 1)
    answers.push(...(await Promise.all(Array.from({ length: 10 }, () => shop.review(userOf())))));

  t.ok(answers.every(({ allowed }) => allowed));
  t.match(await shop.written(), 'latchkey_sealed_tries_total{outcome="opened"} 2\n');
});

t.test('a SealedSecret that changes changes its Secret at the next pod', async (t) => {
  const shop = await shopWith(t);
  await shop.sealed('db', { password: 'first' });
  await shop.review(userOf());

  await shop.sealed('db', { password: CANARY, more: 'x' });
  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: CANARY, more: 'x' });
});

t.test('nothing is made where sealing keys are: it might be one', async (t) => {
  const shop = await shopWith(t, ['--sealing-key-namespaces', 'kube-system,shop']);
  await shop.sealed(
    'db',
    { password: CANARY },
    { template: { metadata: { labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' } } } },
  );

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, false);
  t.strictSame(codes(answer), ['LK-POLICY']);
  t.match(answer.status?.message, 'namespace "shop" holds sealing keys');
  t.strictSame(shop.kubernetes.secrets('shop'), []);
});

for (const [what, options, message] of [
  ['for another name', { sealedFor: { name: 'cache' } }, '(strict, for shop/db)'],
  ['for another namespace', { sealedFor: { namespace: 'bank' } }, '(strict, for shop/db)'],
  [
    'strictly, and calls itself cluster-wide',
    { annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } },
    '(cluster-wide)',
  ],
  ['with the certificate of another cluster', { by: foreign }, 'none of 2 sealing keys'],
] as const) {
  t.test(`what was sealed ${what} is refused, and no Secret is made`, async (t) => {
    const shop = await shopWith(t);
    await shop.sealed('db', { password: CANARY, user: 'x' }, options);

    const answer = await shop.review(userOf());

    t.equal(answer.allowed, false);
    t.strictSame(codes(answer), ['LK-SEALED', 'LK-SEALED']);
    t.match(answer.status?.message, message);
    t.match(answer.status?.message, 'SealedSecret "db", spec.encryptedData[password]');
    t.equal(shop.data('db'), undefined);
    t.notMatch(await shop.written(), CANARY);
  });
}

for (const scope of ['namespace-wide', 'cluster-wide'] as const) {
  t.test(`a SealedSecret that says ${scope} opens as such`, async (t) => {
    const shop = await shopWith(t);
    const annotations = { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
    await shop.sealed('db', { password: CANARY }, { annotations, sealedFor: { scope, name: 'x' } });

    const answer = await shop.review(userOf());

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(shop.data('db'), { password: CANARY });
  });
}

t.test('a key that goes out of use keeps new Secrets from being made, and existing ones stay', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  await shop.sealed('db', { password: CANARY }, { by: old });
  await shop.sealed('other', { password: CANARY }, { by: old });
  await shop.review(userOf());

  shop.keys.remove('old');
  const known = await shop.review(userOf());
  const other = await shop.review(userOf({ secrets: ['other'] }));

  t.strictSame([known.allowed, other.allowed], [true, false]);
  t.strictSame(shop.data('db'), { password: CANARY });
  t.equal(shop.data('other'), undefined);
});

t.test('a Secret that somebody else wrote to is made anew', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  await shop.sealed('db', { password: CANARY });
  await shop.review(userOf());
  const secret = shop.kubernetes.get('Secret', 'shop', 'db');
  if (secret !== undefined) Object.assign(secret, { data: { password: 'Zm9yZ2Vk' } });

  await shop.review(userOf());

  t.strictSame(shop.data('db'), { password: CANARY });
});

t.test('a dry run says whether it opens, and neither makes nor runs anything', async (t) => {
  const shop = await shopWith(t);
  await shop.sealed('db', { password: CANARY }, { template: { data: { oracle: '{{ fail "always" }}' } } });
  await shop.sealed('bad', { password: CANARY }, { by: foreign });

  const fine = await shop.review(userOf(), { dryRun: true });
  const bad = await shop.review(userOf({ secrets: ['bad'] }), { dryRun: true });

  t.equal(fine.allowed, true, fine.status?.message ?? '');
  t.strictSame(codes(bad), ['LK-SEALED']);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
});

t.test('a template that fails says so without a word of a value', async (t) => {
  const shop = await shopWith(t);
  await shop.sealed('db', { password: CANARY }, { template: { data: { url: '{{ fail .password }}' } } });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-TEMPLATE']);
  t.equal(shop.data('db'), undefined);
  t.notMatch(await shop.written(), CANARY);
});

t.test('the policy speaks of scopes', async (t) => {
  const policy = "version: 1\nrules:\n  - namespaces: { names: ['**'] }\n    names: ['sealed:strict']\n";
  const shop = await shopWith(t, [], policy);
  const annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
  await shop.sealed('db', { password: CANARY });
  await shop.sealed('wide', { password: CANARY }, { annotations, sealedFor: { scope: 'cluster-wide' } });

  const strict = await shop.review(userOf());
  const wide = await shop.review(userOf({ secrets: ['wide'] }));

  t.equal(strict.allowed, true, strict.status?.message ?? '');
  t.strictSame(codes(wide), ['LK-POLICY']);
  t.match(wide.status?.message, 'sealed:cluster-wide');
});

t.test('the Secret that the sealed-secrets controller made is used and left alone', async (t) => {
  const shop = await shopWith(t);
  const uid = await shop.sealed('db', { password: CANARY });
  const owner = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    name: 'db',
    uid,
    controller: true,
  };
  const data = { password: Buffer.from('theirs').toString('base64') };
  const rest = { type: 'Opaque', data, metadata: { ownerReferences: [owner] } };
  shop.kubernetes.put('v1', 'Secret', { namespace: 'shop', name: 'db' }, { rest });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'theirs' });
});

t.test(
  'a Secret that its author marks as managed becomes what the SealedSecret says, and belongs to it',
  async (t) => {
    const shop = await shopWith(t, ['--cache-ttl', '0s']);
    const uid = await shop.sealed(
      'db',
      { password: CANARY },
      { template: { metadata: { labels: { app: 'shop' } } } },
    );
    foreignSecret(shop, 'db', { annotations: { 'sealedsecrets.bitnami.com/managed': 'true', kept: 'yes' } });

    const answer = await shop.review(userOf());
    const again = await shop.review(userOf());

    t.strictSame([answer.allowed, again.allowed], [true, true], answer.status?.message ?? '');
    t.strictSame(shop.data('db'), { password: CANARY });
    t.match(shop.kubernetes.get('Secret', 'shop', 'db')?.metadata, {
      labels: { app: 'shop', 'latchkey.dev/adopted': 'sealed-secret' },
      annotations: { kept: 'yes' },
      ownerReferences: [{ kind: 'SealedSecret', uid, controller: true }],
    });
    t.equal(shop.kubernetes.calls('PUT'), 1);
  },
);

t.test(
  'a Secret that is marked to be patched keeps what else it holds, and belongs to nobody new',
  async (t) => {
    const shop = await shopWith(t, ['--cache-ttl', '0s']);
    await shop.sealed('db', { extra: CANARY });
    foreignSecret(shop, 'db', { annotations: { 'sealedsecrets.bitnami.com/patch': 'true' } });

    const answers = [await shop.review(userOf()), await shop.review(userOf())];
    await shop.sealed('db', { extra: 'second' });
    answers.push(await shop.review(userOf()));

    t.ok(
      answers.every(({ allowed }) => allowed),
      answers[0]?.status?.message ?? '',
    );
    t.strictSame(shop.data('db'), { password: 'foreign', extra: 'second' });
    const metadata = shop.kubernetes.get('Secret', 'shop', 'db')?.metadata;
    t.equal(metadata?.['ownerReferences'], undefined);
    t.equal(metadata?.labels?.['latchkey.dev/adopted'], undefined);
    t.equal(shop.kubernetes.calls('PUT'), 2, 'once for each content');
  },
);

t.test('both marks: taken over, and what else it holds stays', async (t) => {
  const shop = await shopWith(t, ['--cache-ttl', '0s']);
  await shop.sealed('db', { extra: CANARY });
  const annotations = {
    'sealedsecrets.bitnami.com/patch': 'true',
    'sealedsecrets.bitnami.com/managed': 'true',
  };
  foreignSecret(shop, 'db', { annotations });

  await shop.review(userOf());
  await shop.review(userOf());

  t.strictSame(shop.data('db'), { password: 'foreign', extra: CANARY });
  t.match(shop.kubernetes.get('Secret', 'shop', 'db')?.metadata, {
    ownerReferences: [{ kind: 'SealedSecret', controller: true }],
  });
});

t.test('without a mark the Secret of nobody stays as it is, whatever the mark is on', async (t) => {
  const shop = await shopWith(t);
  await shop.sealed(
    'db',
    { password: CANARY },
    {
      template: { metadata: { annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } } },
    },
  );
  foreignSecret(shop, 'db', { annotations: { 'sealedsecrets.bitnami.com/managed': 'True' } });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'foreign' });
  t.match(answer.warnings?.[0], 'belongs to nobody');
});
