// Whose identity reads a definition's secrets: never anybody's whom the definition, the pod and the operator did not mean.

import t, { type Test } from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import {
  foreignSecret,
  reads,
  REGION,
  startAdoption,
  userOf,
  type AdoptionInstallation,
} from '../support/adoption.ts';
import { ACCOUNT, type InstallationOptions } from '../support/installation.ts';

const ROLE = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

async function installation(t: Test, options: InstallationOptions = {}): Promise<AdoptionInstallation> {
  const shop = await startAdoption(options);
  t.teardown(() => shop.close());
  shop.aws.ssm.put('/db', 'canary-db', { region: REGION });
  return shop;
}

function readers(shop: AdoptionInstallation): readonly (string | undefined)[] {
  return shop.aws.calls.filter(({ action }) => action.startsWith('ssm:')).map(({ roleArn }) => roleArn);
}

const ONLY_DB = { allow: [{ actions: ['ssm:*'], resources: ['/db'] }] };

t.test("what A's pod had read is neither B's to use nor read as B", async (t) => {
  const shop = await installation(t);
  const a = shop.account('a');
  const b = shop.account('b', { role: { allow: [] } });
  shop.kubernetes.addServiceAccount('shop', 'thief', { annotations: { 'eks.amazonaws.com/role-arn': a } });
  shop.kes('db');

  const asA = await shop.review(userOf({ serviceAccount: 'a' }));
  const asB = await shop.review(userOf({ serviceAccount: 'b' }));
  const asThief = await shop.review(userOf({ serviceAccount: 'thief' }));

  t.equal(asA.allowed, true, asA.status?.message ?? '');
  t.strictSame(codes(asB), ['LK-DENIED'], "B's own role is asked, and denied");
  t.strictSame(codes(asThief), ['LK-TRUST'], "A's role trusts A's token alone");
  t.strictSame(new Set(readers(shop)), new Set([a, b]));
});

t.test('two that may both read take nothing from each other, and neither writes what is there', async (t) => {
  const shop = await installation(t);
  const [a, b] = [shop.account('a'), shop.account('b')];
  shop.kes('db');

  for (const serviceAccount of ['a', 'b', 'a', 'b']) {
    const answer = await shop.review(userOf({ serviceAccount }));
    t.equal(answer.allowed, true, answer.status?.message ?? '');
  }

  t.strictSame(new Set(readers(shop)), new Set([a, b]));
  t.equal(shop.kubernetes.calls('PUT'), 1, "B's proof is added once");
});

t.test('a pod without a role is refused with both ways out', async (t) => {
  const shop = await installation(t);
  shop.kubernetes.addServiceAccount('shop', 'plain');
  shop.kes('db');

  const answer = await shop.review(userOf({ serviceAccount: 'plain' }));

  t.strictSame(codes(answer), ['LK-NO-ROLE']);
});

t.test("a definition's role is assumed from the pod's, where the namespace permits it", async (t) => {
  const shop = await installation(t);
  const own = shop.account('app', { role: { allow: [{ actions: ['sts:AssumeRole'] }] } });
  const service = ROLE('my-service-role');
  shop.aws.role(service, { trust: [{ roleArn: own }] });
  shop.kes('db', { roleArn: service });

  const allowed = await shop.review(userOf());
  const byService = readers(shop);
  shop.kubernetes.addNamespace('shop', {
    labels: { 'latchkey.dev/adoption': 'enabled' },
    annotations: { 'latchkey.dev/permitted-roles': own },
  });
  shop.aws.forgetCalls();
  const denied = await shop.review(userOf());

  t.equal(allowed.allowed, true, allowed.status?.message ?? '');
  t.strictSame(byService, [service]);
  t.strictSame(codes(denied), ['LK-POLICY']);
  t.match(denied.status?.message, /roleArn.*my-service-role.* is not permitted by the annotation/);
  t.strictSame(shop.aws.calls, [], 'nobody is asked for what is not permitted');
});

t.test('a chain of roles is assumed hop by hop, each with what was written for it', async (t) => {
  const shop = await installation(t);
  const own = shop.account('app', { role: { allow: [{ actions: ['sts:AssumeRole'] }] } });
  const [middle, last] = [ROLE('middle'), ROLE('last')];
  shop.aws.role(middle, { trust: [{ roleArn: own }], allow: [{ actions: ['sts:AssumeRole'] }] });
  shop.aws.role(last, { trust: [{ roleArn: middle, externalId: 'shop-42' }] });
  const aws = {
    additionalRoles: [middle],
    role: last,
    externalID: 'shop-42',
    sessionTags: [{ key: 'team', value: 'shop' }],
    transitiveTagKeys: ['team'],
  };
  shop.store('chain', aws);
  shop.store('untagged', { ...aws, sessionTags: [], transitiveTagKeys: [] });
  shop.eso('db', reads('/db', 'chain'));
  shop.eso('untagged', reads('/db', 'untagged'));

  const answer = await shop.review(userOf());
  const hops = shop.aws.calls.filter(({ action }) => action === 'sts:AssumeRole');
  const other = await shop.review(userOf({ secrets: ['untagged'] }));
  const all = shop.aws.calls.filter(({ action, names }) => action === 'sts:AssumeRole' && names[0] === last);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.match(hops, [
    { names: [middle], roleArn: own },
    {
      names: [last],
      roleArn: middle,
      sts: { externalId: 'shop-42', tags: ['team=shop'], transitiveTagKeys: ['team'] },
    },
  ]);
  t.notOk(hops[0]?.sts?.tags, 'tags go with the last role alone');
  t.equal(other.allowed, true, other.status?.message ?? '');
  t.equal(all.length, 2, 'a session with other tags is another session');
  t.notOk(all[1]?.sts?.tags);
});

t.test(
  'with --identity=controller the webhook reads, only where the operator permits namespace, role and names',
  async (t) => {
    const policy = (names: string, roles: string) =>
      `version: 1\nrules:\n  - namespaces: { names: [shop] }\n    names: ['${names}']\n    roles: ['${roles}']\n`;
    const own = ROLE('external-secrets-role');
    const service = ROLE('my-service-role');
    const installed = async (text: string) => {
      const flags = ['--identity', 'controller'];
      const shop = await installation(t, { flags, policy: text, ownRole: own });
      shop.kubernetes.addServiceAccount('shop', 'app');
      shop.aws.role(service, { trust: [{ roleArn: own, externalId: 'latchkey/shop' }] });
      shop.kes('db', { roleArn: service });
      return shop;
    };
    const permitted = await installed(policy('ssm:/db', ROLE('*')));
    const otherRole = await installed(policy('ssm:/db', own));
    const otherName = await installed(policy('ssm:/other/**', ROLE('*')));

    const yes = await permitted.review(userOf());
    const byRole = await otherRole.review(userOf());
    const byName = await otherName.review(userOf());

    t.equal(yes.allowed, true, yes.status?.message ?? '');
    t.strictSame(readers(permitted), [service]);
    t.match(permitted.aws.calls.find(({ action }) => action === 'sts:AssumeRole')?.sts, {
      externalId: 'latchkey/shop',
    });
    t.strictSame(codes(byRole), ['LK-POLICY']);
    t.strictSame(codes(byName), ['LK-POLICY']);
    t.strictSame([...otherRole.aws.calls, ...otherName.aws.calls], []);
  },
);

t.test(
  "a store's service account reads if it is the pod's, or is lent to the definition or the store",
  async (t) => {
    const shop = await installation(t);
    shop.account('app', { role: { allow: [] } });
    const lender = shop.account('lender', { role: ONLY_DB });
    const jwt = (name: string) => ({ auth: { jwt: { serviceAccountRef: { name } } } });
    shop.store('own', jwt('app'));
    shop.store('lent', jwt('lender'));
    shop.eso('own', reads('/db', 'own'));
    shop.eso('db', reads('/db', 'lent'));
    shop.eso('other', reads('/db', 'lent'));
    const lend = (text: string) =>
      shop.kubernetes.addServiceAccount('shop', 'lender', {
        annotations: { 'eks.amazonaws.com/role-arn': lender, 'latchkey.dev/lend-to': text },
      });

    const own = await shop.review(userOf({ secrets: ['own'] }));
    const refused = await shop.review(userOf());
    lend('ExternalSecret/db');
    const byName = await shop.review(userOf({ secrets: ['db', 'other'] }));
    lend('ExternalSecret/nobody, SecretStore/lent');
    const byStore = await shop.review(userOf({ secrets: ['other'] }));

    t.strictSame(codes(own), ['LK-DENIED'], "the pod's own account, and its own rights");
    t.strictSame(codes(refused), ['LK-POLICY']);
    t.match(
      refused.status?.message,
      /"lender" is neither the pod's nor lent to ExternalSecret\/db or SecretStore\/lent/,
    );
    t.strictSame(codes(byName), ['LK-POLICY'], 'the other definition was not meant');
    t.match(byName.status?.message, 'it lends to ExternalSecret/db');
    t.strictSame(shop.data('db'), { password: 'canary-db' });
    t.equal(byStore.allowed, true, byStore.status?.message ?? '');
    t.ok(readers(shop).every((role) => role === lender || role === ROLE('app')));
  },
);

t.test(
  "another namespace's service account only for a cluster-wide store that the operator lists",
  async (t) => {
    const unlisted = await installation(t);
    const listed = await installation(t, { flags: ['--cluster-stores', 'shared,more'] });
    for (const shop of [unlisted, listed]) {
      shop.account('app', { role: { allow: [] } });
      shop.account('central', {
        namespace: 'platform',
        annotations: { 'latchkey.dev/lend-to': 'ExternalSecret/db' },
      });
      const auth = { jwt: { serviceAccountRef: { name: 'central', namespace: 'platform' } } };
      shop.clusterStore('shared', { auth });
      shop.store('mine', { auth });
      shop.eso('db', reads('/db', 'shared', 'ClusterSecretStore'));
      shop.eso('mine', reads('/db', 'mine'));
    }

    const no = await unlisted.review(userOf());
    const yes = await listed.review(userOf());
    const mine = await listed.review(userOf({ secrets: ['mine'] }));

    t.strictSame(codes(no), ['LK-POLICY']);
    t.match(no.status?.message, 'ClusterSecretStore "shared" in --cluster-stores');
    t.equal(yes.allowed, true, yes.status?.message ?? '');
    t.strictSame(readers(listed), [ROLE('central')]);
    t.equal(mine.allowed, false, 'a store of the namespace itself reaches no other');
  },
);

t.test("a store's conditions count for the pod's namespace", async (t) => {
  const shop = await installation(t);
  shop.account('app');
  shop.clusterStore('shared', {}, { conditions: [{ namespaces: ['other'] }] });
  shop.eso('db', reads('/db', 'shared', 'ClusterSecretStore'));

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-POLICY']);
  t.match(answer.status?.message, /ClusterSecretStore "shared".*namespace "shop"/);
});

t.test("keys of their own need --allow-static-keys, and another namespace's a listed store", async (t) => {
  const without = await installation(t);
  const shop = await installation(t, { flags: ['--allow-static-keys', '--cluster-stores', 'listed'] });
  const auth = (namespace?: string) => {
    const ref = (key: string) => ({
      name: 'aws-keys',
      key,
      ...(namespace === undefined ? {} : { namespace }),
    });
    const sessionTokenSecretRef = ref('token');
    return {
      secretRef: {
        accessKeyIDSecretRef: ref('id'),
        secretAccessKeySecretRef: ref('secret'),
        sessionTokenSecretRef,
      },
    };
  };
  const putKeys = (to: AdoptionInstallation, namespace: string, role: string) => {
    const { accessKeyId: id, secretAccessKey: secret, sessionToken: token } = to.aws.credentials(role);
    const text = (value: string) => Buffer.from(`${value}\n`).toString('base64');
    const data = { id: text(id), secret: text(secret), token: text(token) };
    to.kubernetes.put('v1', 'Secret', { namespace, name: 'aws-keys' }, { rest: { type: 'Opaque', data } });
  };
  for (const one of [without, shop]) {
    one.account('app', { role: { allow: [] } });
    one.aws.role(ROLE('first'), {});
    one.aws.role(ROLE('second'), {});
    putKeys(one, 'shop', ROLE('first'));
    putKeys(one, 'platform', ROLE('first'));
    one.store('keys', { auth: auth() });
    for (const name of ['listed', 'unlisted']) one.clusterStore(name, { auth: auth('platform') });
    one.eso('db', reads('/db', 'keys'));
    for (const name of ['listed', 'unlisted']) one.eso(name, reads('/db', name, 'ClusterSecretStore'));
  }

  const off = await without.review(userOf());
  const on = await shop.review(userOf());
  const listed = await shop.review(userOf({ secrets: ['listed'] }));
  const unlisted = await shop.review(userOf({ secrets: ['unlisted'] }));
  const before = readers(shop);
  putKeys(shop, 'shop', ROLE('second'));
  const after = await shop.review(userOf());

  t.strictSame(codes(off), ['LK-POLICY']);
  t.match(off.status?.message, '--allow-static-keys');
  t.equal(on.allowed, true, on.status?.message ?? '');
  t.equal(listed.allowed, true, listed.status?.message ?? '');
  t.strictSame(codes(unlisted), ['LK-POLICY']);
  t.strictSame(before, [ROLE('first'), ROLE('first')]);
  t.equal(after.allowed, true);
  t.equal(readers(shop).at(-1), ROLE('second'), 'changed keys are another identity');
});

t.test('keys that are not there are named, and what is in their place is not shown', async (t) => {
  const shop = await installation(t, { flags: ['--allow-static-keys'] });
  shop.account('app');
  const ref = (name: string, key: string) => ({ name, key });
  const auth = (name: string) => ({
    auth: {
      secretRef: {
        accessKeyIDSecretRef: ref(name, 'password'),
        secretAccessKeySecretRef: ref(name, 'password'),
      },
    },
  });
  shop.store('absent', auth('nowhere'));
  shop.store('nonsense', auth('bad-keys'));
  shop.kubernetes.put(
    'v1',
    'Secret',
    { namespace: 'shop', name: 'bad-keys' },
    {
      rest: { type: 'Opaque', data: { password: Buffer.from('canary with spaces').toString('base64') } },
    },
  );
  shop.eso('absent', reads('/db', 'absent'));
  shop.eso('nonsense', reads('/db', 'nonsense'));

  const absent = await shop.review(userOf({ secrets: ['absent'] }));
  const nonsense = await shop.review(userOf({ secrets: ['nonsense'] }));

  t.strictSame(codes(absent), ['LK-DEFINITION']);
  t.match(absent.status?.message, 'Secret "nowhere" in namespace "shop", key "password"');
  t.strictSame(codes(nonsense), ['LK-DEFINITION']);
  t.notMatch(await shop.written(), /canary/);
});

t.test('the policy binds every question and each thing that comes back', async (t) => {
  const policy = `version: 1\nrules:\n  - namespaces: { names: [shop] }\n    names: ['ssm:/shop/**']\n`;
  const shop = await installation(t, { policy });
  shop.account('app');
  for (const name of ['/shop/a', '/shop/b']) shop.aws.ssm.put(name, 'canary', { region: REGION });
  shop.store('aws');
  const find = (path: string) => ({
    secretStoreRef: { name: 'aws' },
    dataFrom: [
      { find: { path, name: { regexp: '.*' } }, rewrite: [{ regexp: { source: '.*/', target: '' } }] },
    ],
  });
  shop.kes('db');
  shop.eso('found', find('/shop'));
  shop.eso('more', find('/'));

  const plain = await shop.review(userOf());
  const found = await shop.review(userOf({ secrets: ['found'] }));
  const more = await shop.review(userOf({ secrets: ['more'] }));

  t.strictSame(codes(plain), ['LK-POLICY']);
  t.equal(found.allowed, true, found.status?.message ?? '');
  t.strictSame(Object.keys(shop.data('found') ?? {}), ['a', 'b']);
  t.strictSame(codes(more), ['LK-POLICY']);
});

t.test('a service account whose values may only be in memory gets no Secret', async (t) => {
  const shop = await installation(t);
  shop.account('app', { annotations: { 'latchkey.dev/permitted-deliveries': 'memory' } });
  shop.kes('db');

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-POLICY']);
  t.match(answer.status?.message, 'permitted-deliveries');
});

t.test('a template reads only Secrets and ConfigMaps of its own namespace', async (t) => {
  const shop = await installation(t);
  shop.account('app');
  shop.store('aws');
  foreignSecret(shop, 'more');
  shop.kubernetes.put(
    'v1',
    'ConfigMap',
    { namespace: 'shop', name: 'texts' },
    { rest: { data: { url: 'db://{{ .password }}' } } },
  );
  const templateFrom = [{ configMap: { name: 'texts', items: [{ key: 'url' }] } }];
  shop.eso('db', { ...reads('/db', 'aws'), target: { template: { engineVersion: 'v2', templateFrom } } });
  shop.eso('gone', {
    ...reads('/db', 'aws'),
    target: {
      template: {
        engineVersion: 'v2',
        templateFrom: [{ secret: { name: 'nowhere', items: [{ key: 'a' }] } }],
      },
    },
  });

  const answer = await shop.review(userOf());
  const gone = await shop.review(userOf({ secrets: ['gone'] }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { url: 'db://canary-db' });
  t.equal(gone.allowed, false);
  t.match(gone.status?.message, 'nowhere');
});
