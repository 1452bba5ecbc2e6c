// secretObjects of SecretProviderClasses, made before pods need them, on a real API server with its controllers. There is no
// CSI driver, and no pod here mounts anything.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import t from 'tap';

import { builtProgram } from '../../../support/built-program.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { installProviderClasses, providerClass, providerClassesOf } from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { dataOf, deployment, podOf, podsOf } from '../../support/objects.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };

await installProviderClasses(clusterApi());
const installation = await startInstallation({ adoption: true });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-password', { region: REGION });
aws.secrets.put('shop/db', '{"username":"canary-user","port":5432}', { region: REGION });

const OBJECTS = `
- objectName: /shop/password
  objectType: ssmparameter
- objectName: shop/db
  objectType: secretsmanager
  objectAlias: db
  jmesPath:
    - { path: username, objectAlias: username }
    - { path: port, objectAlias: port }
`;

/** One class, and its two Secrets. */
function shopClass(name: string, spec: Json = {}): Json {
  const secretObjects = [
    {
      secretName: `${name}-login`,
      type: 'kubernetes.io/basic-auth',
      labels: { team: 'shop' },
      data: [
        { objectName: 'username', key: 'username' },
        { objectName: '_shop_password', key: 'password' },
      ],
    },
    { secretName: `${name}-port`, type: 'Opaque', data: [{ objectName: 'port', key: 'PORT' }] },
  ];
  return providerClass(name, OBJECTS, { secretObjects, ...spec });
}

/** `secretKeyRef` to the one Secret of a class, `envFrom` the other. */
function uses(name: string): Json {
  const ref = { name: `${name}-login`, key: 'password' };
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: ref } }];
  const envFrom = [{ secretRef: { name: `${name}-port` } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', env, envFrom }] };
}

function user(name: string): Json {
  return deployment({ name, annotations: {}, spec: uses(name) });
}

t.test('a pod that mounts nothing starts with the Secrets of a class, at its first start', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { metadata } = await api.create(providerClassesOf(namespace.name), shopClass('db'));

  await api.create(`${namespace.apps}/deployments`, user('db'));
  const [pod] = await podsOf(api, namespace, 'db', 1);

  t.strictSame(pod.spec.containers[0].env, uses('db').containers[0].env, 'the pod is as it was');
  const login = await api.get(`${namespace.core}/secrets/db-login`);
  t.equal(login.type, 'kubernetes.io/basic-auth');
  t.strictSame(dataOf(login), { username: 'canary-user', password: 'canary-password' });
  t.match(login.metadata, {
    labels: { team: 'shop', 'latchkey.dev/adopted': 'ascp' },
    ownerReferences: [
      {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        name: 'db',
        uid: metadata.uid,
        controller: true,
      },
    ],
  });
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/db-port`)), { PORT: '5432' });
});

t.test('a deployment that comes three seconds before its class starts with it, fifty times', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  for (let round = 0; round < 5; round += 1) {
    const names = Array.from({ length: 10 }, (_, index) => `app-${String(round)}-${String(index)}`);
    await Promise.all(names.map((name) => api.create(`${namespace.apps}/deployments`, user(name))));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const early = await api.list(`${namespace.core}/pods?labelSelector=app%20in%20(${names.join(',')})`);
    t.strictSame(early, [], 'no pod without its Secrets');
    await Promise.all(names.map((name) => api.create(providerClassesOf(namespace.name), shopClass(name))));

    for (const name of names) {
      await podsOf(api, namespace, name, 1);
      const secret = await api.get(`${namespace.core}/secrets/${name}-login`);
      t.strictSame(dataOf(secret), { username: 'canary-user', password: 'canary-password' });
    }
  }
});

t.test('a Secret that the driver made is used, and take-over hands it to the class', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { metadata } = await api.create(providerClassesOf(namespace.name), shopClass('db'));
  const holder = await api.create(`${namespace.core}/configmaps`, { metadata: { name: 'as-a-replica-set' } });
  const { name, uid } = holder.metadata;
  await api.create(`${namespace.core}/secrets`, {
    metadata: {
      name: 'db-login',
      labels: { 'secrets-store.csi.k8s.io/managed': 'true' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }],
    },
    type: 'kubernetes.io/basic-auth',
    stringData: { username: 'of-the-driver', password: 'of-the-driver' },
  });
  const alone = podOf({ name: 'alone', annotations: {}, spec: uses('db') });

  const first = await api.send('POST', `${namespace.core}/pods`, alone);
  t.equal(first.status, 201, first.body.message);
  const left = await api.get(`${namespace.core}/secrets/db-login`);
  t.strictSame(dataOf(left), { username: 'of-the-driver', password: 'of-the-driver' });

  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? '';
  const command = [builtProgram(), 'take-over', `${namespace.name}/db-login`, '--yes'];
  const { stdout } = await promisify(execFile)(process.execPath, [...command, '--kubeconfig', kubeconfig], {
    env: {},
  });
  t.match(stdout, 'SecretProviderClass.secrets-store.csi.x-k8s.io "db"');
  const next = await api.send('POST', `${namespace.core}/pods`, {
    ...alone,
    metadata: { ...alone.metadata, name: 'next' },
  });

  t.equal(next.status, 201, next.body.message);
  const taken = await api.get(`${namespace.core}/secrets/db-login`);
  t.strictSame(dataOf(taken), { username: 'canary-user', password: 'canary-password' });
  t.equal(taken.metadata.labels['secrets-store.csi.k8s.io/managed'], undefined);
  t.strictSame(
    taken.metadata.ownerReferences.map((owner: Json) => [owner.uid, owner.controller]),
    [
      [uid, undefined],
      [metadata.uid, true],
    ],
  );
});

t.test('usePodIdentity and a type that mints credentials are refused, with what to do', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const path = providerClassesOf(namespace.name);
  await api.create(path, shopClass('agent', { parameters: { usePodIdentity: 'true' } }));
  const minting = { secretName: 'token-login', type: 'bootstrap.kubernetes.io/token' };
  const secretObjects = [{ ...minting, data: [{ objectName: '_shop_password', key: 'token-secret' }] }];
  await api.create(path, shopClass('token', { secretObjects }));

  const [agent, token] = await Promise.all(
    ['agent', 'token'].map((name) =>
      api.send('POST', `${namespace.core}/pods`, podOf({ name, annotations: {}, spec: uses(name) })),
    ),
  );

  t.equal(agent?.status, 403);
  t.match(agent?.body.message, 'eks.amazonaws.com/role-arn');
  t.match(agent?.body.message, 'latchkey.dev/delivery: memory');
  t.equal(token?.status, 403);
  t.match(token?.body.message, '--allow-secret-types');
});
