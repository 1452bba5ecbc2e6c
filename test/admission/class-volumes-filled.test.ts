// What the container that fills CSI volumes writes, of pods as the whole server admitted them.

import t from 'tap';

import { applied } from '../support/admission-client.ts';
import { REGION } from '../support/adoption.ts';
import { DB, mounting, OTHER_REGION, shopWith, shown } from '../support/class-volumes.ts';
import { granted, startPodIdentityAgent } from '../support/pod-identity-agent.ts';

t.test('a volume is filled as its class says, and the webhook asks AWS nothing', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', '{"user":"canary-user","port":5432}', { region: REGION });
  shop.aws.secrets.put('shop/bytes', Buffer.from([0, 255, 1]), { region: REGION });
  shop.aws.ssm.put('/shop/a', 'canary-old', { region: REGION });
  shop.aws.ssm.put('/shop/a', 'canary-a', { region: REGION });
  shop.provide(
    'shop',
    `
- objectName: shop/db
  objectType: secretsmanager
  filePermission: "0444"
  jmesPath:
    - { path: user, objectAlias: db/user, filePermission: "0600" }
    - { path: port, objectAlias: db/port }
- { objectName: shop/bytes, objectType: secretsmanager, objectAlias: bytes }
- { objectName: /shop/a, objectType: ssmparameter }
- { objectName: /shop/a, objectType: ssmparameter, objectVersion: "1", objectAlias: before }
`,
  );
  const pod = mounting(['shop']);

  const answer = await shop.review(pod);
  const dry = await shop.review(pod, { dryRun: true });
  const admitted = applied(pod, answer);
  const second = await shop.review(admitted);
  const asked = shop.aws.count();
  const filled = await shop.fill(admitted);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(dry.patch, answer.patch);
  t.strictSame(second.patch ?? [], []);
  t.equal(asked, 0);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
  t.equal(filled.code, 0, filled.stderr);
  t.strictSame(shown(filled), {
    'shop/_shop_a': '0644 canary-a',
    'shop/before': '0644 canary-old',
    'shop/bytes': `0644 ${Buffer.from([0, 255, 1]).toString('utf8')}`,
    'shop/db_port': '0444 5432',
    'shop/db_user': '0600 canary-user',
    'shop/shop_db': '0444 {"user":"canary-user","port":5432}',
  });
  t.strictSame(filled.files['shop/bytes']?.bytes, Buffer.from([0, 255, 1]));
  t.notMatch(`${filled.stderr}${filled.terminationMessage}${await shop.written()}`, /canary/);
});

t.test('several volumes of one pod are filled together or not at all', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
  shop.provide('one', DB);
  shop.provide('two', '- { objectName: /none, objectType: ssmparameter }', {});
  const pod = mounting(['one', 'two']);

  const admitted = applied(pod, await shop.review(pod));
  const before = await shop.fill(admitted);
  shop.aws.ssm.put('/none', 'canary-2', { region: REGION });
  const after = await shop.fill(admitted);

  t.equal(before.code, 1);
  t.match(before.terminationMessage, /SecretProviderClass "two".*\/none.*LK-NOT-FOUND/);
  t.strictSame(before.files, {});
  t.strictSame(shown(after), { 'one/db': '0644 canary', 'two/_none': '0644 canary-2' });
});

t.test('the second region is asked when the first is away, by the name that it has there', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', 'canary-same', { region: OTHER_REGION });
  shop.aws.secrets.put('replica/key', 'canary-replica', { region: OTHER_REGION });
  const objects = `${DB}
- objectName: shop/key
  objectType: secretsmanager
  objectAlias: key
  failoverObject: { objectName: replica/key }
`;
  shop.provide('shop', objects, { parameters: { failoverRegion: OTHER_REGION } });
  const pod = mounting(['shop']);
  shop.aws.fault({ action: 'secretsmanager:GetSecretValue', region: REGION }, { kind: 'server-error' });

  const filled = await shop.fill(applied(pod, await shop.review(pod)));

  t.equal(filled.code, 0, filled.stderr);
  t.strictSame(shown(filled), { 'shop/db': '0644 canary-same', 'shop/key': '0644 canary-replica' });
});

t.test('JSON that is none, and an expression that finds nothing, are told without a value', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/text', 'canary-no-json', { region: REGION });
  shop.aws.secrets.put('shop/db', '{"user":"canary","n":null}', { region: REGION });
  shop.provide(
    'shop',
    `
- { objectName: shop/text, objectType: secretsmanager, jmesPath: [{ path: a, objectAlias: a }] }
- { objectName: shop/db, objectType: secretsmanager, jmesPath: [{ path: n, objectAlias: n }, { path: abs(user), objectAlias: u }] }
`,
  );
  const pod = mounting(['shop']);

  const filled = await shop.fill(applied(pod, await shop.review(pod)));

  t.equal(filled.code, 1);
  t.match(filled.terminationMessage, 'objects[0].jmesPath[0]: shop/text:');
  t.match(filled.terminationMessage, '[LK-NOT-JSON]');
  t.match(filled.terminationMessage, '[LK-PROPERTY]');
  t.strictSame(filled.files, {});
  t.notMatch(`${filled.stderr}${filled.terminationMessage}`, /canary/);
});

t.test(
  'with usePodIdentity the EKS Pod Identity reads, though there is a role; without it, never',
  async (t) => {
    const shop = await shopWith(t);
    shop.aws.role('arn:aws:iam::111122223333:role/associated', { trust: [] });
    shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
    const answer = granted(shop.aws.credentials('arn:aws:iam::111122223333:role/associated'));
    const agent = await startPodIdentityAgent(() => answer);
    t.teardown(() => agent.close());
    shop.provide('associated', DB, { parameters: { usePodIdentity: 'true' } });
    shop.provide('role', DB);
    const [associated, role] = [mounting(['associated']), mounting(['role'])];

    const first = await shop.fill(applied(associated, await shop.review(associated)), agent.uri);
    const ofFirst = shop.aws.calls.map(({ roleArn }) => roleArn);
    shop.aws.forgetCalls();
    const second = await shop.fill(applied(role, await shop.review(role)), agent.uri);

    t.equal(first.code, 0, first.stderr);
    t.strictSame(ofFirst, ['arn:aws:iam::111122223333:role/associated']);
    t.equal(second.code, 0, second.stderr);
    t.strictSame(shop.aws.calls.at(-1)?.roleArn, 'arn:aws:iam::111122223333:role/app');
    t.equal(agent.tokens.length, 1);
  },
);
