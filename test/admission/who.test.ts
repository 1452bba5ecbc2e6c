// Who gets what: never anybody but the identity that STS verified.

import t from 'tap';

import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { ACCOUNT, podOf, REGION, startInstallation } from '../support/installation.ts';
import { secretNames, secretValues } from '../support/stored.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

const WISH = { 'latchkey.dev/env.A': 'ssm:/a' };

t.test("service account B asking what A just had in the cache is asked for B's own rights", async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  const roleOfA = shop.account('a');
  shop.account('b', { role: { allow: [{ actions: ['ssm:*'], resources: ['/b'] }] } });
  shop.kubernetes.addServiceAccount('shop', 'thief', {
    annotations: { 'eks.amazonaws.com/role-arn': roleOfA },
  });
  shop.aws.ssm.put('/a', 'canary-a', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');

  const a = await shop.review(podOf({ owner, annotations: WISH, serviceAccount: 'a' }));
  const b = await shop.review(podOf({ owner, annotations: WISH, serviceAccount: 'b' }));
  const thief = await shop.review(podOf({ owner, annotations: WISH, serviceAccount: 'thief' }));

  t.equal(a.allowed, true, a.status?.message ?? '');
  t.same(codes(b), ['LK-DENIED']);
  t.match(b.status?.message, /access denied for role arn:aws:iam::111122223333:role\/b/);
  t.same(codes(thief), ['LK-TRUST'], "A's role does not trust the thief's token");
  t.equal(shop.kubernetes.secrets('shop').length, 1);
  t.notMatch(await shop.written(), /canary/);
});

t.test('an owner reference that is not true is not believed', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const victim = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'victim');
  const forgeries = [
    { metadata: { name: 'victim', uid: '00000000-0000-0000-0000-000000000000' } },
    { metadata: { name: 'nobody', uid: victim.metadata.uid } },
  ];
  const climbing = { metadata: { name: '../../../kube-system/secrets/x', uid: victim.metadata.uid } };

  for (const owner of forgeries) {
    const answer = await shop.review(podOf({ owner, annotations: WISH }));

    t.equal(answer.allowed, true, answer.status?.message ?? '');
  }
  const refused = await shop.review(podOf({ owner: climbing, annotations: WISH }));
  for (const { metadata } of shop.kubernetes.secrets('shop')) t.equal(metadata['ownerReferences'], undefined);
  t.same(codes(refused), ['LK-NAME']);
  t.notOk(shop.kubernetes.requests.some((request) => request.includes('kube-system')));
});

t.test('a chained role is assumed with its external id, and is part of the identity', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  const own = shop.account('app', { role: { allow: [{ actions: ['sts:AssumeRole'] }] } });
  const other = 'arn:aws:iam::444455556666:role/reader';
  shop.aws.role(other, { trust: [{ roleArn: own, externalId: 'shop-42' }] });
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const chain = (more: Record<string, string>) =>
    podOf({ annotations: { ...WISH, 'latchkey.dev/assume-role-arn': other, ...more } });

  const right = await shop.review(chain({ 'latchkey.dev/external-id': 'shop-42' }));
  const wrong = await shop.review(chain({ 'latchkey.dev/external-id': 'shop-43' }));
  const without = await shop.review(chain({}));

  t.equal(right.allowed, true, right.status?.message ?? '');
  t.same(codes(wrong), ['LK-TRUST']);
  t.same(codes(without), ['LK-TRUST']);
  t.equal(shop.aws.calls.filter(({ action }) => action === 'ssm:GetParameters').at(-1)?.roleArn, other);
});

t.test('no role, no service account, no OIDC provider: each is told apart, with the way out', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.kubernetes.addServiceAccount('shop', 'plain');

  const noRole = await shop.review(podOf({ annotations: WISH, serviceAccount: 'plain' }));
  const noAccount = await shop.review(podOf({ annotations: WISH, serviceAccount: 'nobody' }));
  shop.aws.setOidc(undefined);
  const noOidc = await shop.review(podOf({ annotations: WISH }));

  t.same(codes(noRole), ['LK-NO-ROLE']);
  t.match(noRole.status?.message, /eks\.amazonaws\.com\/role-arn.*memory/s);
  t.same(codes(noAccount), ['LK-NO-SERVICE-ACCOUNT']);
  t.same(codes(noOidc), ['LK-NO-OIDC']);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
});

t.test('a role, uid or policy that changes counts for the next revision at once', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const one = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const two = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-2');
  const three = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-3');
  const first = await shop.review(podOf({ owner: one, annotations: WISH, hash: 'one' }));
  shop.kubernetes.remove('ServiceAccount', 'shop', 'app');
  const gone = await shop.review(podOf({ owner: two, annotations: WISH, hash: 'two' }));
  shop.account('app');

  const anew = await shop.review(podOf({ owner: three, annotations: WISH, hash: 'three' }));

  t.equal(first.allowed, true, first.status?.message ?? '');
  t.same(codes(gone), ['LK-NO-SERVICE-ACCOUNT']);
  t.equal(anew.allowed, true, anew.status?.message ?? '');
  t.equal(shop.aws.count('sts:AssumeRoleWithWebIdentity'), 2, 'another uid is another identity');
  t.equal(shop.kubernetes.secrets('shop').length, 2);
});

t.test(
  'names, roles and deliveries that the policy does not permit are refused whatever their spelling',
  async (t) => {
    const policy = `
version: 1
rules:
  - namespaces: { names: [shop] }
    names: ['ssm:/shop/**', 'secretsmanager:shop/*']
    deliveries: [secret]
`;
    const shop = await startInstallation({ policy });
    t.teardown(() => shop.close());
    shop.account('app');
    shop.aws.ssm.put('/shop/a', 'canary', { region: REGION });
    shop.aws.ssm.put('/crown/jewel', 'canary', { region: REGION });
    const { arn } = shop.aws.secrets.put('crown', 'canary', { region: REGION });
    const spellings = [
      'ssm:/crown/jewel',
      'ssm:/crown/jewel:1',
      `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/crown/jewel`,
      'secretsmanager:crown',
      arn,
      'ssm:/aws/reference/secretsmanager/crown',
    ];

    const permitted = await shop.review(podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/shop/a' } }));
    const elsewhere = await shop.review(podOf({ annotations: WISH }), { namespace: 'other' });

    t.equal(permitted.allowed, true, permitted.status?.message ?? '');
    t.equal(elsewhere.allowed, false);
    for (const spelling of spellings) {
      const answer = await shop.review(podOf({ annotations: { 'latchkey.dev/env.A': spelling } }));
      t.same(codes(answer), ['LK-POLICY'], spelling);
    }
    const all = await shop.review(podOf({ annotations: { 'latchkey.dev/env-from': 'ssm:/**' } }));
    t.same(codes(all), ['LK-POLICY'], 'a listing is held to it, too');
    const memory = await shop.review(
      podOf({ annotations: { 'latchkey.dev/file.a': 'ssm:/shop/a', 'latchkey.dev/delivery': 'memory' } }),
    );
    t.same(codes(memory), ['LK-POLICY']);
    t.notMatch(await shop.written(), /canary/);
  },
);

t.test('a copy of an injected pod gets the values of today', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'old', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const original = podOf({ owner, annotations: WISH });
  const stored = applied(original, await shop.review(original));
  shop.aws.ssm.put('/a', 'new', { region: REGION });
  const { annotations } = stored['metadata'] as { annotations: Record<string, string> };
  const copy = { ...stored, metadata: { name: 'copy', namespace: 'shop', annotations } };

  const answer = await shop.review(copy);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  const [name] = secretNames(applied(copy, answer));
  t.not(name, secretNames(stored)[0]);
  const secret = shop.kubernetes.secrets('shop').find(({ metadata }) => metadata.name === name);
  t.same(secretValues(secret), { 'env.A': 'new' });
});

t.test(
  '--identity=controller reads with the own role, only where the policy allows namespace, role and name',
  async (t) => {
    const ownRole = `arn:aws:iam::${ACCOUNT}:role/latchkey`;
    const perTeam = `arn:aws:iam::${ACCOUNT}:role/team-shop`;
    const policy = `
version: 1
rules:
  - namespaces: { names: [shop] }
    names: ['ssm:/shop/**']
    roles: ['${ownRole}', '${perTeam}']
`;
    const flags = ['--identity', 'controller'];
    const shop = await startInstallation({ flags, policy, ownRole });
    t.teardown(() => shop.close());
    shop.aws.role(perTeam, { trust: [{ roleArn: ownRole, externalId: 'latchkey/shop' }] });
    for (const namespace of ['shop', 'other']) shop.kubernetes.addServiceAccount(namespace, 'plain');
    shop.aws.ssm.put('/shop/a', 'canary', { region: REGION });
    shop.aws.ssm.put('/other/a', 'canary', { region: REGION });
    const wish = (reference: string, more = {}) =>
      podOf({ serviceAccount: 'plain', annotations: { 'latchkey.dev/env.A': reference, ...more } });

    const own = await shop.review(wish('ssm:/shop/a'));
    const team = await shop.review(wish('ssm:/shop/a', { 'latchkey.dev/assume-role-arn': perTeam }));
    const name = await shop.review(wish('ssm:/other/a'));
    const namespace = await shop.review(wish('ssm:/shop/a'), { namespace: 'other' });
    const role = await shop.review(
      wish('ssm:/shop/a', { 'latchkey.dev/assume-role-arn': `arn:aws:iam::${ACCOUNT}:role/admin` }),
    );

    t.equal(own.allowed, true, own.status?.message ?? '');
    t.equal(team.allowed, true, team.status?.message ?? '');
    t.equal(shop.aws.calls.filter(({ action }) => action === 'ssm:GetParameters').at(-1)?.roleArn, perTeam);
    for (const refused of [name, namespace, role]) t.same(codes(refused), ['LK-POLICY']);
    t.equal(shop.kubernetes.calls('/token'), 0, 'no token of the pod is asked for');
  },
);

t.test('a rule without roles leaves --identity=controller the own role, and no other', async (t) => {
  const ownRole = `arn:aws:iam::${ACCOUNT}:role/latchkey`;
  const policy = `
version: 1
rules:
  - namespaces: { names: [shop] }
    names: ['ssm:/shop/**']
`;
  const shop = await startInstallation({ flags: ['--identity', 'controller'], policy, ownRole });
  t.teardown(() => shop.close());
  const perTeam = `arn:aws:iam::${ACCOUNT}:role/team-shop`;
  shop.aws.role(perTeam, { trust: [{ roleArn: ownRole, externalId: 'latchkey/shop' }] });
  shop.kubernetes.addServiceAccount('shop', 'plain');
  shop.aws.ssm.put('/shop/a', 'canary', { region: REGION });
  const wish = (more = {}) =>
    podOf({ serviceAccount: 'plain', annotations: { 'latchkey.dev/env.A': 'ssm:/shop/a', ...more } });

  const own = await shop.review(wish());
  const team = await shop.review(wish({ 'latchkey.dev/assume-role-arn': perTeam }));

  t.equal(own.allowed, true, own.status?.message ?? '');
  t.same(codes(team), ['LK-POLICY']);
});
