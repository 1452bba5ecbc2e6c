// A move from the Secrets Store CSI driver with its AWS provider, step by step as its users set it up, on a real API server
// with its controllers. There is neither driver nor provider. What fills the volumes is run as the kubelet would run it.

import t, { type Test } from 'tap';

import { fillVolumes, type Filled } from '../../../support/filled-volumes.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { installProviderClasses, providerClass, providerClassesOf } from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { dataOf, deployment, podOf, podsOf, RESTRICTED } from '../../support/objects.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };
const ACCOUNT = 'nginx-deployment-sa';

await installProviderClasses(clusterApi());
const installation = await startInstallation({ adoption: true });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.secrets.put('MySecret', '{"username":"canary-user","password":"canary-password"}', { region: REGION });
aws.ssm.put('/shop/flag', 'canary-flag', { region: REGION });

const OBJECTS = `
- objectName: "MySecret"
  objectType: "secretsmanager"
  jmesPath:
    - path: username
      objectAlias: db-username
    - path: password
      objectAlias: db-password
      filePermission: "0440"
- objectName: /shop/flag
  objectType: ssmparameter
  objectAlias: flags/flag
`;

function nginxClass(spec: Json = {}): Json {
  const parameters = { pathTranslation: 'False' };
  return providerClass('nginx-deployment-aws-secrets', OBJECTS, { parameters, ...spec });
}

/** The volume and the mount as the provider's documentation has them. */
function nginx(container: Json = {}): Json {
  const volumeMounts = [{ name: 'secrets-store-inline', mountPath: '/mnt/secrets-store', readOnly: true }];
  const volumeAttributes = { secretProviderClass: 'nginx-deployment-aws-secrets' };
  return {
    securityContext: { fsGroup: 2000 },
    volumes: [
      {
        name: 'secrets-store-inline',
        csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes },
      },
    ],
    containers: [
      {
        name: 'nginx-deployment',
        image: 'nginx',
        ports: [{ containerPort: 80 }],
        volumeMounts,
        ...container,
      },
    ],
  };
}

function nginxDeployment(spec: Json = nginx(), annotations: Readonly<Record<string, string>> = {}): Json {
  return deployment({ name: 'nginx-deployment', annotations, serviceAccount: ACCOUNT, spec });
}

async function fill(namespace: TestNamespace, pod: Json): Promise<Filled> {
  const { status } = await api.create(`${namespace.core}/serviceaccounts/${ACCOUNT}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 3600 },
  });
  return await fillVolumes(pod, { token: status.token });
}

const FILES = {
  'secrets-store-inline/MySecret': '0644 {"username":"canary-user","password":"canary-password"}',
  'secrets-store-inline/db-password': '0440 canary-password',
  'secrets-store-inline/db-username': '0644 canary-user',
  'secrets-store-inline/flags/flag': '0644 canary-flag',
};

function hasFiles(t: Test, { code, files, stderr }: Filled): void {
  t.equal(code, 0, stderr);
  const shown = Object.entries(files).map(([path, { bytes, mode }]) => [
    path,
    `${mode.toString(8).padStart(4, '0')} ${bytes.toString('utf8')}`,
  ]);
  t.strictSame(Object.fromEntries(shown), FILES);
}

function volumeOf(pod: Json): Json {
  return pod.spec.volumes.find(({ name }: Json) => name === 'secrets-store-inline');
}

t.test('role, class, deployment: the files are there, and no driver is asked for', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);
  await api.create(providerClassesOf(namespace.name), nginxClass());
  aws.forgetCalls();

  await api.create(`${namespace.apps}/deployments`, nginxDeployment());
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  t.match(volumeOf(pod), { emptyDir: { medium: 'Memory' } });
  t.strictSame(
    pod.spec.containers[0].volumeMounts.filter(({ name }: Json) => name === 'secrets-store-inline'),
    nginx().containers[0].volumeMounts,
  );
  t.strictSame(
    pod.spec.initContainers.map(({ name }: Json) => name),
    ['latchkey-volumes'],
  );
  t.notOk(JSON.stringify(pod.spec).includes('csi'), 'what Fargate has too');
  t.equal(aws.count(), 0, 'only the pod reads');
  t.strictSame(await api.list(`${namespace.core}/secrets`), []);
  hasFiles(t, await fill(namespace, pod));
});

t.test('the deployment comes first, its class a moment later', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);

  await api.create(`${namespace.apps}/deployments`, nginxDeployment());
  await api.create(providerClassesOf(namespace.name), nginxClass());
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  hasFiles(t, await fill(namespace, pod));
});

t.test('synchronised to a Secret, and variables from it', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);
  const data = [
    { objectName: 'db-username', key: 'username' },
    { objectName: 'db-password', key: 'password' },
  ];
  const secretObjects = [{ secretName: 'my-secret-01', type: 'Opaque', data }];
  await api.create(providerClassesOf(namespace.name), nginxClass({ secretObjects }));
  const env = [
    { name: 'SECRET_USERNAME', valueFrom: { secretKeyRef: { name: 'my-secret-01', key: 'username' } } },
  ];

  await api.create(`${namespace.apps}/deployments`, nginxDeployment(nginx({ env })));
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/my-secret-01`)), {
    username: 'canary-user',
    password: 'canary-password',
  });
  t.strictSame(pod.spec.containers[0].env, env);
  hasFiles(t, await fill(namespace, pod));
});

t.test('through a managed Secret where the pod says so', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);
  await api.create(providerClassesOf(namespace.name), nginxClass());

  const annotations = { 'latchkey.dev/delivery': 'secret' };
  await api.create(`${namespace.apps}/deployments`, nginxDeployment(nginx(), annotations));
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  const [secret] = await api.list(`${namespace.core}/secrets`);
  t.match(volumeOf(pod).secret, {
    secretName: secret.metadata.name,
    items: [
      { path: 'MySecret', mode: 0o644 },
      { path: 'db-password', mode: 0o440 },
      { path: 'db-username', mode: 0o644 },
      { path: 'flags/flag', mode: 0o644 },
    ],
  });
  t.equal(pod.spec.initContainers, undefined);
  const read = Object.values(dataOf(secret)).toSorted();
  t.strictSame(
    read,
    Object.values(FILES)
      .map((text) => text.slice(5))
      .toSorted(),
  );
});

t.test('with annotations beside it, and under the restricted Pod Security Standard', async (t) => {
  const labels = { ...ADOPTION.labels, 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = await installation.namespace({ labels });
  await namespace.account(ACCOUNT);
  await api.create(providerClassesOf(namespace.name), nginxClass());
  const annotations = { 'latchkey.dev/delivery': 'memory', 'latchkey.dev/file.flag': 'ssm:/shop/flag' };

  await api.create(
    `${namespace.apps}/deployments`,
    nginxDeployment(nginx({ securityContext: RESTRICTED }), annotations),
  );
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  t.strictSame(
    pod.spec.initContainers.map(({ name }: Json) => name),
    ['latchkey-volumes', 'latchkey-fetch'],
  );
  hasFiles(t, await fill(namespace, pod));
});

t.test('a copy of a pod that was filled is filled again', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);
  await api.create(providerClassesOf(namespace.name), nginxClass());
  const alone = podOf({ name: 'alone', annotations: {}, serviceAccount: ACCOUNT, spec: nginx() });

  const first = await api.create(`${namespace.core}/pods`, alone);
  const { annotations } = first.metadata;
  const copy = { ...first, metadata: { name: 'copy', annotations }, status: undefined };
  const second = await api.create(`${namespace.core}/pods`, copy);

  t.strictSame(second.spec.initContainers, first.spec.initContainers);
  hasFiles(t, await fill(namespace, second));
});

t.test(
  'a class that is missing refuses the pod by name; one of another provider is the driver’s',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    await namespace.account(ACCOUNT);
    const pod = (name: string): Json =>
      podOf({ name, annotations: {}, serviceAccount: ACCOUNT, spec: nginx() });

    const missing = await api.send('POST', `${namespace.core}/pods`, pod('missing'));
    await api.create(providerClassesOf(namespace.name), nginxClass({ provider: 'vault' }));
    const vault = await api.send('POST', `${namespace.core}/pods`, pod('vault'));

    t.equal(missing.status, 403);
    t.match(missing.body.message, 'SecretProviderClass "nginx-deployment-aws-secrets" does not exist');
    t.equal(vault.status, 201, vault.body.message);
    t.match(volumeOf(vault.body), { csi: { driver: 'secrets-store.csi.k8s.io' } });
  },
);

t.test('kubectl apply of a workload tells what is wrong with its class, and refuses nothing', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account(ACCOUNT);
  const objects = '- { objectName: MySecret, objectType: secretsmanager, objectAlias: ../x }';
  await api.create(providerClassesOf(namespace.name), providerClass('nginx-deployment-aws-secrets', objects));

  const path = `${namespace.apps}/deployments?dryRun=All`;
  const { status, warnings } = await api.send('POST', path, nginxDeployment());

  t.equal(status, 201);
  t.match(warnings.join(), 'LK-NAME');
});

t.test('namespaces without the label keep the driver', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account(ACCOUNT);
  await api.create(providerClassesOf(namespace.name), nginxClass());

  await api.create(`${namespace.apps}/deployments`, nginxDeployment());
  const [pod] = await podsOf(api, namespace, 'nginx-deployment', 1);

  t.strictSame(volumeOf(pod), nginx().volumes[0]);
  t.equal(pod.spec.initContainers, undefined);
});
