// SealedSecrets, opened before pods need them, on a real API server with its controllers.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import { clusterApi, type Json } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallation } from '../../support/installation.ts';
import { createKubectl } from '../../support/kubectl.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { dataOf, deployment, podOf, podsOf, secretsOf } from '../../support/objects.ts';
import {
  installSealedSecrets,
  sealedSecretsOf,
  startSealedSecretsController,
} from '../../support/sealed-secrets.ts';
import { addKey, keyNamespace, makeKey, sealedSecret } from '../../support/sealing-keys.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };
const KEY_LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';

const administrator = clusterApi();
await installSealedSecrets(administrator);
const keys = await keyNamespace(administrator);
const key = await makeKey();
await addKey(administrator, keys, key);
const installation = await startInstallation({
  adoption: true,
  flags: ['--sealing-key-namespaces', keys, '--allow-cluster-wide'],
  values: { sealing: { keyNamespaces: [keys], allowClusterWide: true } },
});
const directory = await mkdtemp(join(tmpdir(), 'latchkey-sealed-'));
t.teardown(async () => {
  await installation.close();
  await administrator.remove(`/api/v1/namespaces/${keys}`);
  await rm(directory, { recursive: true });
});
const { api } = installation;
const kubectl = createKubectl();

function uses(secret: string): Json {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
}

/** Its pods have no role of AWS. */
function user(name: string, { secret = name, replicas = 1 } = {}): Json {
  return deployment({ name, replicas, annotations: {}, serviceAccount: 'default', spec: uses(secret) });
}

async function alone({ core }: TestNamespace, secret: string, name = 'alone') {
  const pod = podOf({ name, annotations: {}, serviceAccount: 'default', spec: uses(secret) });
  return await api.send('POST', `${core}/pods`, pod);
}

/** How many values were opened or tried in vain so far. */
async function tries(outcome: 'opened' | 'closed'): Promise<number> {
  const text = await (await fetch(`${installation.webhook.healthUrl}/metrics`)).text();
  const line = new RegExp(`^latchkey_sealed_tries_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(text);
  return Number(line?.[1] ?? 0);
}

t.test('one `kubectl apply` of a Deployment and its SealedSecret', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const sealed = await sealedSecret(key, { namespace: namespace.name, name: 'db' }, { password: 'canary-1' });
  sealed.spec.template = {
    type: 'Opaque',
    metadata: { labels: { team: 'shop' } },
    data: { url: 'postgres://app:{{ .password }}@db/app' },
  };
  const file = join(directory, 'together.yaml');
  const items = [user('shop', { secret: 'db', replicas: 3 }), sealed];
  await writeFile(file, items.map((item) => JSON.stringify(item)).join('\n---\n'));

  await kubectl('apply', '--namespace', namespace.name, '--filename', file);
  await podsOf(api, namespace, 'shop', 3);

  const secret = await api.get(`${namespace.core}/secrets/db`);
  t.strictSame(dataOf(secret), { password: 'canary-1', url: 'postgres://app:canary-1@db/app' });
  t.match(secret.metadata, {
    labels: { team: 'shop', 'latchkey.dev/adopted': 'sealed-secret' },
    ownerReferences: [
      { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'db', controller: true },
    ],
  });
  t.strictSame(installation.aws.calls, [], 'nobody asked AWS');
});

t.test(
  'a Deployment that comes three seconds before its SealedSecret starts with it, fifty times',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    const path = sealedSecretsOf(namespace.name);
    for (let round = 0; round < 5; round += 1) {
      const names = Array.from({ length: 10 }, (_, index) => `app-${String(round)}-${String(index)}`);
      await Promise.all(names.map((name) => api.create(`${namespace.apps}/deployments`, user(name))));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const early = await api.list(`${namespace.core}/pods?labelSelector=app%20in%20(${names.join(',')})`);
      t.strictSame(early, [], 'no pod without its Secret');

      for (const name of names) {
        const at = { namespace: namespace.name, name };
        await api.create(path, await sealedSecret(key, at, { password: `canary-${name}` }));
      }
      for (const name of names) {
        await podsOf(api, namespace, name, 1);
        const secret = await api.get(`${namespace.core}/secrets/${name}`);
        t.strictSame(dataOf(secret), { password: `canary-${name}` });
      }
    }
  },
);

t.test('a thousand pods of one SealedSecret open it once', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const at = { namespace: namespace.name, name: 'db' };
  await api.create(sealedSecretsOf(namespace.name), await sealedSecret(key, at, { password: 'canary-many' }));
  const [opened, closed] = [await tries('opened'), await tries('closed')];

  await api.create(`${namespace.apps}/deployments`, user('shop', { secret: 'db', replicas: 1_000 }));
  await podsOf(api, namespace, 'shop', 1_000);

  t.equal((await tries('opened')) - opened, 1);
  t.equal((await tries('closed')) - closed, 0);
});

t.test('what is sealed for one place opens in no other', async (t) => {
  const home = await installation.namespace(ADOPTION);
  const away = await installation.namespace(ADOPTION);
  const at = { namespace: home.name, name: 'db' };
  const strict = await sealedSecret(key, at, { password: 'canary-strict' });
  const moved = { ...strict, metadata: { name: 'db', namespace: away.name } };
  const renamed = { ...strict, metadata: { name: 'other', namespace: home.name } };
  const widened = {
    ...strict,
    metadata: {
      ...at,
      name: 'widened',
      annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' },
    },
  };
  await api.create(sealedSecretsOf(away.name), moved);
  for (const object of [renamed, widened]) await api.create(sealedSecretsOf(home.name), object);

  for (const [namespace, name] of [
    [away, 'db'],
    [home, 'other'],
    [home, 'widened'],
  ] as const) {
    const { status, body } = await alone(namespace, name, `uses-${name}`);
    t.equal(status, 403);
    const tried = name === 'widened' ? '(cluster-wide)' : `(strict, for ${namespace.name}/${name})`;
    t.match(body.message, tried);
    t.match(body.message, 'LK-SEALED');
    t.notMatch(body.message, 'canary');
    t.equal((await api.send('GET', `${namespace.core}/secrets/${name}`)).status, 404);
  }
});

t.test('a namespace-wide and a cluster-wide SealedSecret open as far as they reach', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const wide = { scope: 'namespace-wide', namespace: namespace.name, name: 'any' } as const;
  const everywhere = { scope: 'cluster-wide', namespace: 'elsewhere', name: 'any' } as const;
  for (const sealedFor of [wide, everywhere]) {
    const { scope } = sealedFor;
    await api.create(sealedSecretsOf(namespace.name), {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: scope, annotations: { [`sealedsecrets.bitnami.com/${scope}`]: 'true' } },
      spec: { encryptedData: { password: await key.seal(`canary-${scope}`, sealedFor) } },
    });

    const { status, body } = await alone(namespace, scope, `uses-${scope}`);

    t.equal(status, 201, body.message);
    const secret = await api.get(`${namespace.core}/secrets/${scope}`);
    t.strictSame(dataOf(secret), { password: `canary-${scope}` });
  }
});

t.test('keys come, go out of use and go away without a restart', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const path = sealedSecretsOf(namespace.name);
  const next = await makeKey(Date.now() + 1_000);
  const secretOfKey = `/api/v1/namespaces/${keys}/secrets/${next.name}`;
  const sealed = async (name: string) => {
    const at = { namespace: namespace.name, name };
    await api.create(path, await sealedSecret(next, at, { password: `canary-${name}` }));
  };
  await sealed('db');
  const early = await alone(namespace, 'db', 'early');

  await addKey(api, keys, next);
  const admitted = async (secret: string, name: string, status: number) =>
    await eventually(async () => (await alone(namespace, secret, name)).status === status, `${name} decided`);
  await admitted('db', 'with-key', 201);
  await api.patch(secretOfKey, { metadata: { labels: { [KEY_LABEL]: 'compromised' } } });
  await sealed('late');
  await admitted('late', 'compromised', 403);
  const compromised = await alone(namespace, 'late', 'compromised');
  await api.remove(`${namespace.core}/secrets/db`);
  const remembered = await alone(namespace, 'db', 'remembered');
  await api.patch(secretOfKey, { metadata: { labels: { [KEY_LABEL]: 'active' } } });
  await admitted('late', 'in-use-again', 201);
  await api.remove(secretOfKey);
  await sealed('last');
  await eventually(async () => {
    const { body } = await alone(namespace, 'last', 'gone');
    return String(body.message).includes('LK-SEALED');
  }, 'the key is gone');

  t.equal(early.status, 403);
  t.match(early.body.message, /none of 1 sealing key .* opens it .*LK-SEALED/);
  t.match(compromised.body.message, 'LK-SEALED');
  t.equal(remembered.status, 403, 'what a compromised key opened is not remembered');
});

t.test('a Secret that its author hands over, and one that is added to', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const values = { password: 'canary-sealed' };
  for (const how of ['managed', 'patch'] as const) {
    const at = { namespace: namespace.name, name: how };
    await api.create(`${namespace.core}/secrets`, {
      metadata: { name: how, annotations: { [`sealedsecrets.bitnami.com/${how}`]: 'true' } },
      stringData: { own: 'canary-own' },
    });
    await api.create(sealedSecretsOf(namespace.name), await sealedSecret(key, at, values));
    const { status, body } = await alone(namespace, how, `uses-${how}`);
    t.equal(status, 201, body.message);
  }

  const managed = await api.get(`${namespace.core}/secrets/managed`);
  const patched = await api.get(`${namespace.core}/secrets/patch`);

  t.strictSame(dataOf(managed), values);
  t.match(managed.metadata.ownerReferences, [{ kind: 'SealedSecret', name: 'managed', controller: true }]);
  t.strictSame(dataOf(patched), { ...values, own: 'canary-own' });
  t.equal(patched.metadata.ownerReferences, undefined);
});

t.test('sealed references in annotations, without a role of AWS', async (t) => {
  const namespace = await installation.namespace();
  const at = { namespace: namespace.name, name: 'shop' };
  const wide = await key.seal('canary-wide', { scope: 'namespace-wide', ...at });
  const everywhere = await key.seal('{"user":"canary-json"}', { scope: 'cluster-wide', ...at });
  const strict = await key.seal('canary-strict', { scope: 'strict', ...at });
  const ask = async (name: string, annotations: Readonly<Record<string, string>>) =>
    await api.send('POST', `${namespace.core}/pods`, podOf({ name, annotations, serviceAccount: 'default' }));

  const both = await ask('both', {
    'latchkey.dev/env.PASSWORD': `sealed:${wide}`,
    'latchkey.dev/env.URL': `postgres://((sealed:${everywhere}#user))@db`,
  });
  const closed = await ask('strict', { 'latchkey.dev/env.PASSWORD': `sealed:${strict}` });
  const memory = await ask('memory', {
    'latchkey.dev/delivery': 'memory',
    'latchkey.dev/env.PASSWORD': `sealed:${wide}`,
  });

  t.equal(both.status, 201, both.body.message);
  const [name = ''] = secretsOf(both.body);
  const delivered = Object.values(dataOf(await api.get(`${namespace.core}/secrets/${name}`)));
  t.strictSame(delivered.toSorted(), ['canary-wide', 'postgres://canary-json@db']);
  t.match(closed.body.message, 'LK-SEALED');
  t.match(closed.body.message, 'namespace-wide', 'says how to seal it');
  t.match(memory.body.message, 'LK-SEALED');
});

t.test('a SealedSecret of a mebibyte', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const at = { namespace: namespace.name, name: 'large' };
  const password = `canary${'x'.repeat(768 * 1024)}`;
  await api.create(sealedSecretsOf(namespace.name), await sealedSecret(key, at, { password }));

  const { status, body } = await alone(namespace, 'large');

  t.equal(status, 201, body.message);
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/large`)), { password });
});

t.test(
  "sealed-secrets' controller beside Latchkey: either keeps what it made, with the same bytes",
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    const path = sealedSecretsOf(namespace.name);
    const make = async (name: string) => {
      const at = { namespace: namespace.name, name };
      const sealed = await sealedSecret(key, at, { password: `canary-${name}` });
      sealed.spec.template = { data: { url: 'db://{{ .password }}' } };
      await api.create(path, sealed);
    };
    const account = { namespace: keys, name: 'sealed-secrets' };
    await allowSealedSecrets(account);
    await make('ours');
    await api.create(`${namespace.apps}/deployments`, user('first', { secret: 'ours' }));
    await podsOf(api, namespace, 'first', 1);
    const before = await api.get(`${namespace.core}/secrets/ours`);

    const controller = await startSealedSecretsController({
      ...{ api, account, directory },
      namespaces: [namespace.name],
    });
    t.teardown(() => controller.stop());
    await make('theirs');
    await eventually(
      async () => (await api.send('GET', `${namespace.core}/secrets/theirs`)).status === 200,
      'theirs is made',
    );
    await eventually(async () => {
      const { status } = await api.get(`${path}/ours`);
      return status?.conditions?.[0]?.status === 'True';
    }, 'ours is seen');
    const theirs = await api.get(`${namespace.core}/secrets/theirs`);
    await api.create(`${namespace.apps}/deployments`, user('second', { secret: 'theirs' }));
    await podsOf(api, namespace, 'second', 1);
    const after = await api.get(`${namespace.core}/secrets/ours`);
    const left = await api.get(`${namespace.core}/secrets/theirs`);
    const again = await alone(namespace, 'ours');

    t.equal(after.metadata.uid, before.metadata.uid, 'nobody deleted it');
    t.strictSame(dataOf(after), { password: 'canary-ours', url: 'db://canary-ours' });
    t.strictSame(dataOf(before), dataOf(after));
    t.strictSame(after.type, before.type);
    t.equal(again.status, 201, again.body.message);
    t.equal(left.metadata.resourceVersion, theirs.metadata.resourceVersion, 'nobody touched it');
    t.strictSame(dataOf(left), { password: 'canary-theirs', url: 'db://canary-theirs' });
  },
);

/** What its chart allows it, and more. */
async function allowSealedSecrets(account: { readonly namespace: string; readonly name: string }) {
  const { namespace, name } = account;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const subject = { kind: 'ServiceAccount', namespace, name };
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const metadata = { name: `${namespace}-${name}` };
  await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  await api.create(`${rbac}/clusterrolebindings`, { metadata, roleRef: role, subjects: [subject] });
  t.teardown(() => api.remove(`${rbac}/clusterrolebindings/${metadata.name}`));
}
