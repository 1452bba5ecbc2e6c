// The main job, end to end over TLS: a pod names secrets, the webhook delivers them.

import t from 'tap';

import { applied } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { secretNames, secretValues } from '../support/stored.ts';

t.test('a pod of a Deployment is admitted with a managed Secret that exists already', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  const roleArn = shop.account('app');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-6d4cf56db6');
  shop.aws.ssm.put('/staging/test-app/TEST_VALUE', 'canary-ssm', { region: REGION });
  shop.aws.secrets.put('staging/db', '{"password":"canary/sm","port":5432}', { region: REGION });
  const pod = podOf({
    owner,
    annotations: {
      'latchkey.dev/env.TEST_VALUE': 'ssm:/staging/test-app/TEST_VALUE',
      'latchkey.dev/env.DATABASE_URL':
        'postgres://app:((secretsmanager:staging/db?encode=url#password))@db/app',
      'latchkey.dev/file.db.json': 'secretsmanager:staging/db',
    },
  });

  const answer = await shop.review(pod);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  const [secret] = shop.kubernetes.secrets('shop');
  t.ok(secret, 'a Secret was created');
  t.equal(secret?.['immutable'], true);
  t.same(secretNames(applied(pod, answer)), [secret?.metadata.name]);
  t.same(secretValues(secret), {
    'env.TEST_VALUE': 'canary-ssm',
    'env.DATABASE_URL': 'postgres://app:canary%2Fsm@db/app',
    'file.db.json': '{"password":"canary/sm","port":5432}',
  });
  t.match(secret?.metadata['ownerReferences'], [{ kind: 'ReplicaSet', uid: owner.metadata.uid }]);
  t.equal(shop.aws.calls.find(({ action }) => action.startsWith('ssm:'))?.roleArn, roleArn);
  t.notMatch(await shop.written(), /canary/);
});

t.test('a second round finds everything in place, also for a pod that stands alone', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary-a', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const spec = {
    containers: [
      { name: 'app', image: 'app:1', env: [{ name: 'IN_PLACE', value: 'x-$(A)-((latchkey:ssm:/a))' }] },
      { name: 'side', image: 'side:1', env: [{ name: 'PURE', value: 'latchkey:ssm:/a' }] },
    ],
  };
  const annotations = { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/file.a': 'ssm:/a' };
  for (const pod of [podOf({ annotations, spec, owner }), podOf({ annotations, spec })]) {
    const first = await shop.review(pod);
    const stored = applied(pod, first);
    (stored['spec'] as { containers: unknown[] }).containers.push({ name: 'istio-like', image: 'proxy:1' });

    const second = await shop.review(stored);

    t.equal(first.allowed, true, first.status?.message ?? '');
    t.equal(second.allowed, true, second.status?.message ?? '');
    t.same(second.patch ?? [], [], 'nothing is left to patch, and the new sidecar gets nothing');
    t.equal(secretNames(stored).length, 1);
  }
  t.equal(shop.kubernetes.secrets('shop').length, 2);
  t.notMatch(await shop.written(), /canary/);
});

t.test('a dry run decides the same, creates nothing and names no real Secret', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.secrets.put('db', '{"password":"canary"}', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const wish = (reference: string) => podOf({ owner, annotations: { 'latchkey.dev/env.A': reference } });

  const good = await shop.review(wish('secretsmanager:db#password'), { dryRun: true });
  const absent = await shop.review(wish('secretsmanager:nothing'), { dryRun: true });
  const property = await shop.review(wish('secretsmanager:db#guess'), { dryRun: true });
  const created = shop.kubernetes.secrets('shop').length;
  const real = await shop.review(wish('secretsmanager:db#password'));

  t.equal(good.allowed, true, good.status?.message ?? '');
  t.ok(applied(wish('secretsmanager:db#password'), good), 'its patch applies');
  t.equal(absent.allowed, false);
  t.match(absent.status?.message, /LK-NOT-FOUND/);
  t.equal(property.allowed, true, 'whether a property exists is not told');
  t.equal(created, 0);
  t.notSame(secretNames(applied(wish('x'), good)), secretNames(applied(wish('x'), real)));
  t.equal(shop.kubernetes.events('shop').length, 0, 'no Event either');
  t.notMatch(await shop.written(), /canary/);
});

t.test(
  'a pod that asks for nothing, an opted-out one and other operations cost no call at all',
  async (t) => {
    const shop = await startInstallation();
    t.teardown(() => shop.close());
    shop.kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/injection': 'disabled' } });
    shop.account('app');
    const asking = podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } });

    const nothing = await shop.review(podOf());
    const optedOut = await shop.review(
      podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/injection': 'disabled' } }),
    );
    const update = await shop.review(asking, { operation: 'UPDATE' });
    const remove = await shop.review(asking, { operation: 'DELETE' });
    const mirror = await shop.review(
      podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'kubernetes.io/config.mirror': 'x' } }),
      { username: 'system:node:ip-10-0-0-1', groups: ['system:nodes'] },
    );
    const calls = shop.kubernetes.requests.length;
    const namespace = await shop.review(asking);

    for (const answer of [nothing, optedOut, update, remove, mirror, namespace]) {
      t.equal(answer.allowed, true);
      t.equal(answer.patch, undefined);
    }
    t.equal(calls, 0);
    t.equal(shop.aws.count(), 0);
  },
);

t.test('bulk references, relative names and binary files arrive as the store has them', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.kubernetes.addNamespace('shop', { annotations: { 'latchkey.dev/prefix': '/prod/shop' } });
  shop.account('app');
  shop.aws.ssm.put('/prod/shop/db/user', 'canary-user', { region: REGION });
  shop.aws.ssm.put('/prod/shop/KEY', 'canary-key', { region: REGION });
  shop.aws.ssm.put('/prod/shop/LD_PRELOAD', 'canary-evil', { region: REGION });
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  shop.aws.secrets.put('keystore', bytes, { region: REGION });
  const pod = podOf({
    annotations: {
      'latchkey.dev/env-from': 'ssm:/prod/shop/**',
      'latchkey.dev/env.KEY_AGAIN': 'ssm:./KEY',
      'latchkey.dev/file.keystore': 'secretsmanager:keystore',
    },
  });

  const answer = await shop.review(pod);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.match((answer.warnings ?? []).join(' '), /LD_PRELOAD/);
  const [secret] = shop.kubernetes.secrets('shop');
  const data = secret?.['data'] as Record<string, string>;
  t.same(Buffer.from(data['file.keystore'] ?? '', 'base64'), Buffer.from(bytes));
  t.same(Object.keys(data).sort(), ['env.KEY', 'env.KEY_AGAIN', 'env.db_user', 'file.keystore']);
  t.notMatch(await shop.written(), /canary/);
});
