// "Freshness and cost": the unit of resolution is the revision.

import t from 'tap';

import { applied } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation, type Installation } from '../support/installation.ts';
import { secretNames, secretValues } from '../support/stored.ts';

const TWELVE = {
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, n) => [`latchkey.dev/env.SSM_${n}`, `ssm:/shop/value-${n}`] as const),
  ),
  ...Object.fromEntries(
    Array.from(
      { length: 4 },
      (_, n) => [`latchkey.dev/env.SM_${n}`, `secretsmanager:shop/secret-${n}`] as const,
    ),
  ),
};

function fill({ aws }: Installation): void {
  for (let n = 0; n < 8; n += 1) aws.ssm.put(`/shop/value-${n}`, `canary-${n}`, { region: REGION });
  for (let n = 0; n < 4; n += 1) aws.secrets.put(`shop/secret-${n}`, `canary-${n}`, { region: REGION });
}

t.test('a roll-out costs one call of each kind, however many pods it has', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  fill(shop);
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: TWELVE });

  const answers = await Promise.all(Array.from({ length: 100 }, () => shop.review(pod)));

  t.equal(answers.filter(({ allowed }) => allowed).length, 100, answers[0]?.status?.message ?? '');
  t.equal(shop.aws.count('sts:AssumeRoleWithWebIdentity'), 1);
  t.equal(shop.aws.count('ssm:GetParameters'), 1);
  t.equal(shop.aws.count('secretsmanager:GetSecretValue'), 4);
  t.equal(shop.aws.count(), 6);
  t.equal(shop.kubernetes.secrets('shop').length, 1);
  t.equal(shop.kubernetes.calls(/^POST .*\/secrets$/), 1);
  t.equal(shop.kubernetes.calls(/\/token$/), 1);
});

t.test('put-parameter and then a new revision shows the new value', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  const annotations = { 'latchkey.dev/env.A': 'ssm:/a' };
  const first = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const second = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-2');
  shop.aws.ssm.put('/a', 'old', { region: REGION });
  const before = await shop.review(podOf({ owner: first, annotations, hash: 'one' }));
  shop.aws.ssm.put('/a', 'new', { region: REGION });

  const after = await shop.review(podOf({ owner: second, annotations, hash: 'two' }));
  const scaled = await shop.review(podOf({ owner: first, annotations, hash: 'one' }));

  const nameOf = (answer: typeof before): string => secretNames(applied(podOf(), { ...answer }))[0] ?? '';
  const valueIn = (name: string) =>
    secretValues(shop.kubernetes.secrets('shop').find(({ metadata }) => metadata.name === name))['env.A'];
  t.equal(valueIn(nameOf(before)), 'old');
  t.equal(valueIn(nameOf(after)), 'new');
  t.equal(valueIn(nameOf(scaled)), 'new', 'the same identity never gets an older value than it just read');
});

t.test('a managed Secret that exists already is not an error', async (t) => {
  const shop = await startInstallation({ flags: ['--cache-ttl', '0s'] });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: { 'latchkey.dev/env.A': 'ssm:/a' } });

  const first = await shop.review(pod);
  const second = await shop.review(pod);

  t.equal(first.allowed, true, first.status?.message ?? '');
  t.equal(second.allowed, true, second.status?.message ?? '');
  t.equal(shop.kubernetes.secrets('shop').length, 1);
  t.equal(shop.kubernetes.calls(/^POST .*\/secrets$/), 2);
});
