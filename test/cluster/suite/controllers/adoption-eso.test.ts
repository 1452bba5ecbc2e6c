// Definitions of External Secrets Operator, against its own CRDs, on a real API server with its controllers.

import { randomUUID } from 'node:crypto';
import t from 'tap';

import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { CLUSTER_STORES, definitionsOf, eso, installEso, store } from '../../support/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallation } from '../../support/installation.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { base64, dataOf, deployment, podOf, podsOf } from '../../support/objects.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };
const id = randomUUID().slice(0, 8);
const SHARED = `shared-${id}`;

await installEso(clusterApi());
const installation = await startInstallation({
  adoption: true,
  flags: ['--cluster-stores', SHARED, '--allow-static-keys'],
});
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-db', { region: REGION });

function uses(secret: string, key = 'password'): Json {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key } } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
}

async function alone({ core }: TestNamespace, spec: Json, name = `alone-${randomUUID().slice(0, 8)}`) {
  return await api.send('POST', `${core}/pods`, podOf({ name, annotations: {}, spec }));
}

async function clusterStore(name: string, awsSpec: Json = {}, spec: Json = {}): Promise<void> {
  await api.create(CLUSTER_STORES, store('ClusterSecretStore', name, awsSpec, spec));
  t.teardown(() => api.send('DELETE', `${CLUSTER_STORES}/${name}`));
}

t.test('everything of a definition may come after its deployment', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { eso: path, stores } = definitionsOf(namespace.name);

  await api.create(
    `${namespace.apps}/deployments`,
    deployment({ name: 'shop', annotations: {}, spec: uses('db') }),
  );
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await api.create(path, eso('shop-db', '/shop/password', { target: { name: 'db' } }));
  await api.create(stores, store('SecretStore', 'aws'));
  await podsOf(api, namespace, 'shop', 1);

  const secret = await api.get(`${namespace.core}/secrets/db`);
  t.strictSame(dataOf(secret), { password: 'canary-db' });
  t.match(secret.metadata.ownerReferences, [
    { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'shop-db', controller: true },
  ]);
});

t.test('templates, with a ConfigMap of the namespace, and files', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { eso: path, stores } = definitionsOf(namespace.name);
  await api.create(stores, store('SecretStore', 'aws'));
  await api.create(`${namespace.core}/configmaps`, {
    metadata: { name: 'texts' },
    data: { url: 'postgres://app:{{ .password | urlquery }}@db/shop' },
  });
  const templateFrom = [{ configMap: { name: 'texts', items: [{ key: 'url' }] } }];
  const template = { engineVersion: 'v2', templateFrom, data: { user: 'app' } };
  await api.create(path, eso('db', '/shop/password', { target: { template } }));
  const spec = {
    containers: [
      { name: 'app', image: 'registry.example.com/app:1', volumeMounts: [{ name: 'db', mountPath: '/db' }] },
    ],
    volumes: [{ name: 'db', projected: { sources: [{ secret: { name: 'db' } }] } }],
  };

  const { status, body } = await alone(namespace, spec);

  t.equal(status, 201, body.message);
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/db`)), {
    url: 'postgres://app:canary-db@db/shop',
    user: 'app',
  });
});

t.test('a service account that a store names has to be lent', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app', { allow: [] });
  const lender = await namespace.account('lender');
  const { eso: path, stores } = definitionsOf(namespace.name);
  const auth = { jwt: { serviceAccountRef: { name: 'lender' } } };
  await api.create(stores, store('SecretStore', 'aws', { auth }));
  await api.create(path, eso('db', '/shop/password'));

  const refused = await alone(namespace, uses('db'));
  await api.patch(`${namespace.core}/serviceaccounts/lender`, {
    metadata: { annotations: { 'latchkey.dev/lend-to': 'SecretStore/aws' } },
  });
  const lent = await alone(namespace, uses('db'));

  t.equal(refused.status, 403);
  t.match(refused.body.message, 'latchkey.dev/lend-to');
  t.equal(lent.status, 201, lent.body.message);
  t.equal(aws.calls.findLast(({ action }) => action === 'ssm:GetParameters')?.roleArn, lender);
});

t.test("a cluster-wide store's conditions count, and so does the operator's list", async (t) => {
  const platform = await installation.namespace();
  await platform.account('central');
  const [inside, outside] = [
    await installation.namespace({ labels: { ...ADOPTION.labels, team: 'shop' } }),
    await installation.namespace(ADOPTION),
  ];
  const auth = { jwt: { serviceAccountRef: { name: 'central', namespace: platform.name } } };
  const conditions = [{ namespaceSelector: { matchLabels: { team: 'shop' } } }];
  await clusterStore(SHARED, { auth }, { conditions });
  await clusterStore(`${SHARED}-unlisted`, { auth }, { conditions });
  for (const namespace of [inside, outside]) {
    await namespace.account('app', { allow: [] });
    const of = (name: string) => ({ secretStoreRef: { name, kind: 'ClusterSecretStore' } });
    const { eso: path } = definitionsOf(namespace.name);
    await api.create(path, eso('db', '/shop/password', of(SHARED)));
    await api.create(path, eso('unlisted', '/shop/password', of(`${SHARED}-unlisted`)));
  }

  const yes = await alone(inside, uses('db'));
  const no = await alone(outside, uses('db'));
  const unlisted = await alone(inside, uses('unlisted'));

  t.equal(yes.status, 201, yes.body.message);
  t.equal(no.status, 403);
  t.match(no.body.message, 'LK-POLICY');
  t.equal(unlisted.status, 403);
  t.match(unlisted.body.message, '--cluster-stores');
});

t.test('what people wrote for v1beta1, with keys in a Secret, works as printed', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app', { allow: [] });
  const role = `arn:aws:iam::${aws.account}:role/keys-${id}`;
  aws.role(role, {});
  const { accessKeyId, secretAccessKey } = aws.userKeys(role);
  const data = { 'access-key': base64(accessKeyId), 'secret-access-key': base64(secretAccessKey) };
  await api.create(`${namespace.core}/secrets`, { metadata: { name: 'awssm-secret' }, data });
  const stages = ['AWSCURRENT', 'provider-key-version'];
  const value = '{"provider-key-property":"canary-provider"}';
  aws.secrets.put('provider-key', value, { region: 'ap-northeast-1', stages });
  const v1beta1 = (path: string) => path.replace('/v1/', '/v1beta1/');
  const ref = (key: string) => ({ name: 'awssm-secret', key });
  await api.create(v1beta1(CLUSTER_STORES), {
    apiVersion: 'external-secrets.io/v1beta1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'secretstore-sample' },
    spec: {
      provider: {
        aws: {
          service: 'SecretsManager',
          region: 'ap-northeast-1',
          auth: {
            secretRef: {
              accessKeyIDSecretRef: ref('access-key'),
              secretAccessKeySecretRef: ref('secret-access-key'),
            },
          },
        },
      },
    },
  });
  t.teardown(() => api.send('DELETE', `${CLUSTER_STORES}/secretstore-sample`));
  await api.create(v1beta1(definitionsOf(namespace.name).eso), {
    apiVersion: 'external-secrets.io/v1beta1',
    kind: 'ExternalSecret',
    metadata: { name: 'example' },
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { name: 'secretstore-sample', kind: 'ClusterSecretStore' },
      target: { name: 'secret-to-be-created', creationPolicy: 'Owner' },
      data: [
        {
          secretKey: 'secret-key-to-be-managed',
          remoteRef: {
            key: 'provider-key',
            version: 'provider-key-version',
            property: 'provider-key-property',
          },
        },
      ],
    },
  });

  const { status, body } = await alone(namespace, uses('secret-to-be-created', 'secret-key-to-be-managed'));

  t.equal(status, 201, body.message);
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/secret-to-be-created`)), {
    'secret-key-to-be-managed': 'canary-provider',
  });
});

t.test('while AWS is away, what was made serves its definition and identity', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { eso: path, stores } = definitionsOf(namespace.name);
  await api.create(stores, store('SecretStore', 'aws'));
  await api.create(path, eso('db', '/shop/password'));
  await api.create(
    `${namespace.apps}/deployments`,
    deployment({ name: 'shop', annotations: {}, spec: uses('db') }),
  );
  await podsOf(api, namespace, 'shop', 1);
  const lift = aws.fault({}, { kind: 'server-error' });
  t.teardown(lift);

  await api.patch(`${namespace.apps}/deployments/shop`, {
    spec: { template: { metadata: { annotations: { restarted: 'yes' } } } },
  });
  await podsOf(api, namespace, 'shop', 1);
  await eventually(
    async () => (await api.list(`${namespace.core}/events`)).some(({ reason }) => reason === 'SecretsStale'),
    'an Event that says so',
  );

  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/db`)), { password: 'canary-db' });
});

const CONTAINER = { name: 'app', image: 'registry.example.com/app:1' };
const SECRET = { secretRef: { name: 'nowhere' } };
const inContainer = (fields: Json): Json => ({ containers: [{ ...CONTAINER, ...fields }] });
const inVolume = (source: Json): Json => ({
  containers: [CONTAINER],
  volumes: [{ name: 'volume', ...source }],
});
const KEY = { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'password' } } };
const CHAP = { chapAuthSession: true };
const OPTIONAL = { name: 'nowhere', key: 'password', optional: true };

const PLACES: readonly (readonly [place: string, spec: Json])[] = [
  ['env', inContainer({ env: [KEY] })],
  ['envFrom', inContainer({ envFrom: [SECRET] })],
  [
    'an init container',
    { ...inContainer({}), initContainers: [{ ...CONTAINER, name: 'first', env: [KEY] }] },
  ],
  [
    'a native sidecar',
    {
      ...inContainer({}),
      initContainers: [{ ...CONTAINER, name: 'beside', restartPolicy: 'Always', envFrom: [SECRET] }],
    },
  ],
  ['a volume', inVolume({ secret: { secretName: 'nowhere' } })],
  ['a projected source', inVolume({ projected: { sources: [{ secret: { name: 'nowhere' } }] } })],
  ['a CSI volume', inVolume({ csi: { driver: 'x.example.com', nodePublishSecretRef: { name: 'nowhere' } } })],
  ['flexVolume', inVolume({ flexVolume: { driver: 'example.com/x', ...SECRET } })],
  ['rbd', inVolume({ rbd: { monitors: ['m'], image: 'i', ...SECRET } })],
  ['cephfs', inVolume({ cephfs: { monitors: ['m'], ...SECRET } })],
  [
    'iscsi',
    inVolume({
      iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:a', lun: 0, ...CHAP, ...SECRET },
    }),
  ],
  ['scaleIO', inVolume({ scaleIO: { gateway: 'g', system: 's', volumeName: 'v', ...SECRET } })],
  ['storageos', inVolume({ storageos: { volumeName: 'v', ...SECRET } })],
  ['azureFile', inVolume({ azureFile: { secretName: 'nowhere', shareName: 's' } })],
];

t.test('wherever a pod needs a Secret, the API server asks', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const tried = async (spec: Json) =>
    await api.send('POST', `${namespace.core}/pods?dryRun=All`, podOf({ name: 'a', annotations: {}, spec }));

  for (const [place, spec] of PLACES) {
    const { status, body } = await tried(spec);
    t.equal(status, 403, place);
    t.match(body.message, 'LK-NO-DEFINITION', place);
  }
  const spared = [
    await tried({ ...inContainer({}), imagePullSecrets: [{ name: 'nowhere' }] }),
    await tried(inContainer({ env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: OPTIONAL } }] })),
    await tried(inContainer({})),
  ];
  for (const { status, body } of spared) t.equal(status, 201, body.message);
});

t.test('a Secret for pulling images is made where a definition says so', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  const { eso: path, stores } = definitionsOf(namespace.name);
  await api.create(stores, store('SecretStore', 'aws'));
  const template = {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': '{"auths":{"registry.example.com":{"password":"{{ .password }}"}}}' },
  };
  await api.create(path, eso('pull', '/shop/password', { target: { template } }));

  const { status, body } = await alone(namespace, {
    ...inContainer({}),
    imagePullSecrets: [{ name: 'pull' }],
  });

  t.equal(status, 201, body.message);
  const secret = await api.get(`${namespace.core}/secrets/pull`);
  t.equal(secret.type, 'kubernetes.io/dockerconfigjson');
  t.match(dataOf(secret)['.dockerconfigjson'], 'canary-db');
});
