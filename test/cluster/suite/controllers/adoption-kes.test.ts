// Definitions of kubernetes-external-secrets, carried out before pods need them, on a real API server with its controllers.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';

import { builtProgram } from '../../../support/built-program.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { startController } from '../../support/controller.ts';
import { eventually } from '../../support/eventually.ts';
import {
  definitionsOf,
  eso,
  installEso,
  installKes,
  kes,
  removeKes,
  store,
} from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { holdKesKind } from '../../support/kes-kind.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { ownIdentity } from '../../support/own-identity.ts';
import { dataOf, deployment, podOf, podsOf } from '../../support/objects.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };

const before = clusterApi();
const freeKind = await holdKesKind(before);
await removeKes(before);
await installEso(before);
const installation = await startInstallation({
  adoption: true,
  values: { adoption: { enabled: true, materialize: { enabled: true } } },
});
t.teardown(async () => {
  await installation.close();
  await freeKind();
});
const { api, aws } = installation;
for (const name of ['/shop/password', '/shop/more']) aws.ssm.put(name, `canary${name}`, { region: REGION });

function uses(secret: string): Json {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
}

function user(name: string, secret = name): Json {
  return deployment({ name, annotations: {}, spec: uses(secret) });
}

async function alone({ core }: TestNamespace, secret: string, name = 'alone') {
  return await api.send('POST', `${core}/pods`, podOf({ name, annotations: {}, spec: uses(secret) }));
}

t.test(
  'a cluster that has no such kind admits pods whose Secrets are there, and is not watched',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    await namespace.account('app');
    await api.create(`${namespace.core}/secrets`, { metadata: { name: 'plain' } });

    const { status, body } = await alone(namespace, 'plain');

    t.equal(status, 201, body.message);
  },
);

t.test('a kind that is installed later is noticed', async (t) => {
  await installKes(api);
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));

  await api.create(`${namespace.apps}/deployments`, user('shop', 'db'));
  const [pod] = await podsOf(api, namespace, 'shop', 1);

  const secret = await api.get(`${namespace.core}/secrets/db`);
  t.strictSame(dataOf(secret), { password: 'canary/shop/password' });
  t.match(secret.metadata.ownerReferences, [
    { apiVersion: 'kubernetes-client.io/v1', kind: 'ExternalSecret', name: 'db', controller: true },
  ]);
  t.match(pod.spec.containers[0].env[0].valueFrom, { secretKeyRef: { name: 'db' } });
});

t.test(
  'a deployment that comes three seconds before its definition starts with it, fifty times',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    await namespace.account('app');
    const { kes: path } = definitionsOf(namespace.name);
    for (let round = 0; round < 5; round += 1) {
      const names = Array.from({ length: 10 }, (_, index) => `app-${String(round)}-${String(index)}`);
      await Promise.all(names.map((name) => api.create(`${namespace.apps}/deployments`, user(name))));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const early = await api.list(`${namespace.core}/pods?labelSelector=app%20in%20(${names.join(',')})`);
      t.strictSame(early, [], 'no pod without its Secret');

      await Promise.all(names.map((name) => api.create(path, kes(name, '/shop/password'))));
      for (const name of names) {
        await podsOf(api, namespace, name, 1);
        const secret = await api.get(`${namespace.core}/secrets/${name}`);
        t.strictSame(dataOf(secret), { password: 'canary/shop/password' });
      }
    }
  },
);

t.test('definitions of both kinds for one Secret are refused, both named', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { kes: ofKes, eso: ofEso, stores } = definitionsOf(namespace.name);
  await api.create(stores, store('SecretStore', 'aws'));
  await api.create(ofKes, kes('db', '/shop/password'));
  await api.create(ofEso, eso('shop-db', '/shop/password', { target: { name: 'db' } }));
  await eventually(async () => {
    const { body } = await alone(namespace, 'db');
    return String(body.message).includes('LK-OWNER');
  }, 'both definitions known');

  const { status, body } = await alone(namespace, 'db');

  t.equal(status, 403);
  t.match(
    body.message,
    'ExternalSecret.external-secrets.io "shop-db" and ExternalSecret.kubernetes-client.io "db"',
  );
});

t.test(
  'deleting a definition takes its Secret, not the pods that run, and new pods are refused',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    await namespace.account('app');
    const { kes: path } = definitionsOf(namespace.name);
    await api.create(path, kes('db', '/shop/password'));
    await api.create(`${namespace.apps}/deployments`, user('shop', 'db'));
    const [pod] = await podsOf(api, namespace, 'shop', 1);

    await api.remove(`${path}/db`);
    await eventually(
      async () => (await api.send('GET', `${namespace.core}/secrets/db`)).status === 404,
      'the Secret collected with its owner',
    );
    const after = await alone(namespace, 'db');

    t.equal((await api.get(`${namespace.core}/pods/${pod.metadata.name}`)).metadata.uid, pod.metadata.uid);
    t.equal(after.status, 403);
    t.match(after.body.message, 'LK-NO-DEFINITION');
  },
);

t.test("another controller's Secret stays as it is", async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const made = await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  const { name, uid } = made.metadata;
  const owner = { apiVersion: made.apiVersion, kind: made.kind, name, uid, controller: true };
  const stored = await api.create(`${namespace.core}/secrets`, {
    metadata: { name, ownerReferences: [owner] },
    stringData: { password: 'theirs' },
  });
  const calls = aws.calls.length;

  await api.create(`${namespace.apps}/deployments`, user('shop', 'db'));
  await podsOf(api, namespace, 'shop', 1);

  const after = await api.get(`${namespace.core}/secrets/db`);
  t.equal(after.metadata.resourceVersion, stored.metadata.resourceVersion);
  t.equal(aws.calls.length, calls, 'nothing was read for it');
});

t.test('a Secret that belongs to somebody else is not used, and its owner is named', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  const { metadata } = await api.create(`${namespace.core}/configmaps`, { metadata: { name: 'owner' } });
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid, controller: true };
  const stored = await api.create(`${namespace.core}/secrets`, {
    metadata: { name: 'db', ownerReferences: [owner] },
    stringData: { password: 'theirs' },
  });

  const { status, body } = await alone(namespace, 'db');

  const after = await api.get(`${namespace.core}/secrets/db`);
  t.equal(status, 403);
  t.match(body.message, /LK-OWNER/);
  t.match(body.message, /ConfigMap "owner"/);
  t.equal(after.metadata.resourceVersion, stored.metadata.resourceVersion);
});

t.test('a roll-out brings a Secret of ours up to date, and its pods are one revision each', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  aws.ssm.put('/shop/rotated', 'canary-1', { region: REGION });
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/rotated'));
  await api.create(`${namespace.apps}/deployments`, {
    ...user('shop', 'db'),
    spec: { ...user('shop', 'db').spec, replicas: 5 },
  });
  await podsOf(api, namespace, 'shop', 5);
  const first = dataOf(await api.get(`${namespace.core}/secrets/db`));
  const reads = aws.calls.filter(({ names }) => names.includes('/shop/rotated')).length;
  aws.ssm.put('/shop/rotated', 'canary-2', { region: REGION });

  const restartedAt = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await api.patch(`${namespace.apps}/deployments/shop`, {
    spec: { template: { metadata: { annotations: restartedAt } } },
  });
  await eventually(
    async () => dataOf(await api.get(`${namespace.core}/secrets/db`))['password'] === 'canary-2',
    'the new value',
  );

  t.strictSame(first, { password: 'canary-1' });
  t.equal(reads, 1, 'five pods read once');
});

t.test("nothing is read for A's pod as B, and B's Secret proves nothing for A", async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const b = await namespace.account('b');
  await namespace.account('a', { allow: [] });
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/more'));
  const podFor = (serviceAccount: string) =>
    podOf({ name: serviceAccount, annotations: {}, serviceAccount, spec: uses('db') });

  const asB = await api.send('POST', `${namespace.core}/pods`, podFor('b'));
  const asA = await api.send('POST', `${namespace.core}/pods`, podFor('a'));

  t.equal(asB.status, 201, asB.body.message);
  t.equal(asA.status, 403);
  t.match(asA.body.message, 'LK-DENIED');
  const byB = aws.calls.filter(({ names, roleArn }) => names.includes('/shop/more') && roleArn === b);
  t.equal(byB.length, 1);
});

t.test('a pod goes to one webhook only, whether it asks or refers or does both', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  const reviewsOf = () => installation.webhook.output().split(`"namespace":"${namespace.name}"`).length - 1;
  const annotations = { 'latchkey.dev/env.MORE': 'ssm:/shop/more' };

  const refers = await alone(namespace, 'db', 'refers');
  const afterRefers = reviewsOf();
  const both = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'both', annotations, spec: uses('db') }),
  );
  const afterBoth = reviewsOf();
  const nothing = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'nothing', annotations: {} }),
  );
  const optedOut = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'out', annotations: { 'latchkey.dev/injection': 'disabled' }, spec: uses('nowhere') }),
  );

  for (const { status, body } of [refers, both, nothing, optedOut]) t.equal(status, 201, body.message);
  t.equal(afterRefers, 1);
  t.equal(afterBoth, 2);
  t.equal(reviewsOf(), 2);
});

t.test('a dry run makes nothing and decides the same', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  const pod = podOf({ name: 'dry', annotations: {}, spec: uses('db') });
  const missing = podOf({ name: 'missing', annotations: {}, spec: uses('nowhere') });

  const fine = await api.send('POST', `${namespace.core}/pods?dryRun=All`, pod);
  const refused = await api.send('POST', `${namespace.core}/pods?dryRun=All`, missing);

  t.equal(fine.status, 201, fine.body.message);
  t.equal(refused.status, 403);
  t.match(refused.body.message, 'LK-NO-DEFINITION');
  t.strictSame(await api.list(`${namespace.core}/secrets`), []);
});

t.test("what people wrote for the controller's first releases works as printed", async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  aws.ssm.put('/staging/test-app/TEST_VALUE', 'canary-test', { region: REGION });
  await api.create(definitionsOf(namespace.name).kes, {
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'test-app' },
    secretDescriptor: {
      backendType: 'systemManager',
      data: [{ key: '/staging/test-app/TEST_VALUE', name: 'test-value' }],
    },
  });
  const env = [{ name: 'TEST_VALUE', valueFrom: { secretKeyRef: { name: 'test-app', key: 'test-value' } } }];
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };

  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'test-app', annotations: {}, spec }));
  await podsOf(api, namespace, 'test-app', 1);

  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/test-app`)), { 'test-value': 'canary-test' });
});

t.test("a role for each service, assumed from the controller's, works as printed", async (t) => {
  const own = 'arn:aws:iam::111122223333:role/external-secrets-role';
  const service = 'arn:aws:iam::11111111:role/my-service-role';
  const name = '/path/to/my/service/some/secret';
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-policy-'));
  const policy = join(directory, 'policy.yaml');
  const rule = `{ namespaces: { names: ['*'] }, names: ['ssm:/path/to/my/service/**'], roles: ['${service}', '${own}'] }`;
  await writeFile(policy, `version: 1\nrules:\n  - ${rule}\n`);
  const flags = ['--identity', 'controller', '--policy-file', policy];
  const central = await startInstallation({ adoption: true, ownRole: own, flags });
  t.teardown(async () => {
    await central.close();
    await rm(directory, { recursive: true });
  });
  central.aws.role(service, {
    trust: [{ roleArn: own }],
    allow: [{ actions: ['ssm:*'], resources: [name] }],
  });
  central.aws.ssm.put(name, 'canary-service', { region: REGION });
  const namespace = await central.namespace({
    ...ADOPTION,
    annotations: { 'iam.amazonaws.com/permitted': 'arn:aws:iam::11111111:role/my-service-role' },
  });
  await api.create(definitionsOf(namespace.name).kes, {
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'my-service-secret' },
    spec: {
      backendType: 'systemManager',
      data: [{ key: '/path/to/my/service/some/secret', name: 'some-secret' }],
      roleArn: 'arn:aws:iam::11111111:role/my-service-role',
    },
  });
  const volumes = [{ name: 'secret', secret: { secretName: 'my-service-secret' } }];
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1' }], volumes };
  const pod = podOf({ name: 'alone', annotations: {}, serviceAccount: 'default', spec });

  const { status, body } = await api.send('POST', `${namespace.core}/pods`, pod);

  t.equal(status, 201, body.message);
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/my-service-secret`)), {
    'some-secret': 'canary-service',
  });
});

/** The shipped program, as a person runs it. */
async function takeOver(...args: readonly string[]): Promise<string> {
  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? '';
  const all = [builtProgram(), 'take-over', ...args, '--kubeconfig', kubeconfig];
  return await promisify(execFile)(process.execPath, all, { env: {} }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `${stdout}${stderr}`,
  );
}

t.test('a Secret of a controller that was switched off is taken over, and kept from then on', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const made = await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  const { name, uid } = made.metadata;
  const owner = { apiVersion: made.apiVersion, kind: made.kind, name, uid, controller: true };
  await api.create(`${namespace.core}/secrets`, {
    metadata: { name, ownerReferences: [owner] },
    stringData: { password: 'canary-theirs' },
  });
  const rival = deployment({ name: 'rival', annotations: {} });
  rival.metadata.labels = { 'app.kubernetes.io/name': 'kubernetes-external-secrets' };
  await api.create(`${namespace.apps}/deployments`, rival);
  await podsOf(api, namespace, 'rival', 1);
  await eventually(
    async () => (await api.get(`${namespace.apps}/deployments/rival`)).status.replicas === 1,
    'its status',
  );

  const running = await takeOver(`${namespace.name}/db`, '--yes');
  await api.patch(`${namespace.apps}/deployments/rival`, { spec: { replicas: 0 } });
  let shown = '';
  await eventually(async () => {
    shown = await takeOver(`${namespace.name}/db`);
    return !shown.includes('still runs');
  }, 'the controller gone');
  const untouched = await api.get(`${namespace.core}/secrets/db`);
  const tried = await takeOver(`${namespace.name}/db`, '--yes', '--dry-run');
  const done = await takeOver(`${namespace.name}/db`, '--yes');
  const after = await api.get(`${namespace.core}/secrets/db`);
  await api.create(`${namespace.apps}/deployments`, user('shop', 'db'));
  await podsOf(api, namespace, 'shop', 1);

  t.match(running, 'LK-OWNER');
  t.match(running, `${namespace.name}/rival`);
  t.match(shown, 'Nothing was changed. Add --yes to do this.');
  t.notOk(untouched.metadata.labels);
  t.match(tried, 'A dry run: the API server would take it.');
  t.match(done, 'Done.');
  t.strictSame(after.metadata.labels, { 'latchkey.dev/adopted': 'kes' });
  t.strictSame(dataOf(after), { password: 'canary-theirs' });
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/db`)), { password: 'canary/shop/password' });
});

t.test('without a pod, the controller reads with its own role where the policy permits it', async (t) => {
  const labels = { 'latchkey.dev/adoption': 'materialize' };
  const { name, core } = await installation.namespace({ labels });
  const { kes: path } = definitionsOf(name);
  const { release } = installation;
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-controller-'));
  const file = join(directory, 'policy.yaml');
  await writeFile(
    file,
    `version: 1\nrules:\n  - { namespaces: { names: ['${name}'] }, names: ['ssm:/shop/**'] }\n`,
  );
  const role = `arn:aws:iam::${aws.account}:role/controller`;
  const account = { namespace: release.name, name: `${release.name}-controller` };
  const env = await ownIdentity({ api, aws, account, role, directory });
  const controller = await startController(api, release, {
    directory,
    env,
    flags: {
      // Its registration is this file's, not the controller's.
      '--tls-mode': 'external',
      '--namespaces': name,
      '--region': REGION,
      '--aws-endpoint-url': aws.url,
      '--identity': 'controller',
      '--policy-file': file,
    },
  });
  t.teardown(async () => {
    await controller.stop();
    await rm(directory, { recursive: true });
  });

  await api.create(path, kes('git', '/shop/password'));
  await api.create(path, kes('forbidden', '/other/password'));
  await eventually(
    async () => (await api.send('GET', `${core}/secrets/git`)).status === 200,
    'a Secret without a pod',
  );
  const forbidden = async () =>
    (await api.list(`${core}/events`)).find(({ involvedObject }) => involvedObject.name === 'forbidden');
  await eventually(async () => (await forbidden()) !== undefined, 'a word about the other');

  const secret = await api.get(`${core}/secrets/git`);
  t.strictSame(dataOf(secret), { password: 'canary/shop/password' });
  t.match(secret.metadata.ownerReferences, [{ apiVersion: 'kubernetes-client.io/v1', controller: true }]);
  t.match((await forbidden())?.message, 'LK-POLICY');
  t.equal(aws.calls.findLast(({ action }) => action === 'ssm:GetParameters')?.roleArn, role);
});

t.test('a kind that is removed is noticed', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await api.create(definitionsOf(namespace.name).kes, kes('db', '/shop/password'));
  await api.create(`${namespace.core}/secrets`, { metadata: { name: 'plain' } });

  await removeKes(api);
  await eventually(async () => {
    const { body } = await alone(namespace, 'db');
    return String(body.message).includes('no definition makes it');
  }, 'nothing makes it any more');
  const { status, body } = await alone(namespace, 'plain');

  t.equal(status, 201, body.message);
});
