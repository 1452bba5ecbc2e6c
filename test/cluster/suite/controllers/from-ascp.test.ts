// docs/from-ascp.md on a real API server: its commands as they stand there. The driver is played where it would have been: the
// Secret that it synchronises is made by hand, with the label and the owner that it gives.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { stringify } from 'yaml';

import type { Json } from '../../support/api.ts';
import { installProviderClasses, providerClass } from '../../support/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { installRelease } from '../../support/helm-release.ts';
import { dataOf, deployment, podsOf } from '../../support/objects.ts';
import { pageCommands } from '../../support/page-commands.ts';
import { restarted } from '../../support/restarted.ts';

const REGION = 'eu-central-1';
const release = await installRelease();
t.teardown(() => release.close());
const { api, aws, serve, directory, env } = release;
await installProviderClasses(api);
const at = { ...(await release.namespace()), app: 'shop' };
const { run, left } = pageCommands('docs/from-ascp.md', release);
aws.secrets.put('shop/db', '{"user":"canary-user"}', { region: REGION });

const OBJECTS = `
- objectName: shop/db
  objectType: secretsmanager
  objectAlias: db
  jmesPath: [{ path: user, objectAlias: user }]
`;
const secretObjects = [{ secretName: 'db', type: 'Opaque', data: [{ objectName: 'user', key: 'user' }] }];
const csi = {
  driver: 'secrets-store.csi.k8s.io',
  readOnly: true,
  volumeAttributes: { secretProviderClass: 'shop' },
};
const spec = {
  volumes: [{ name: 'files', csi }],
  containers: [
    {
      name: 'app',
      image: 'registry.example.com/app:1',
      volumeMounts: [{ name: 'files', mountPath: '/mnt/secrets-store', readOnly: true }],
      env: [{ name: 'DB_USER', valueFrom: { secretKeyRef: { name: 'db', key: 'user' } } }],
    },
  ],
};

const isFilled = (pod: Json): boolean => pod.spec.volumes[0].emptyDir?.medium === 'Memory';

/** The pod of the newest revision, once it is as it should be. */
async function podThat(isMeant: (pod: Json) => boolean): Promise<Json> {
  let pod: Json;
  await eventually(async () => {
    [pod] = await podsOf(api, at, 'shop', 1);
    return isMeant(pod);
  }, 'the pod that is meant');
  return pod;
}

function isAdmitted(told: string): boolean {
  return told.includes('created (server dry run)');
}

const secret = async (): Promise<Json> => await api.get(`${at.core}/secrets/db`);

t.test('before: a workload of the driver, and a Secret that it synchronised', async (t) => {
  await mkdir(join(directory, 'deploy'));
  const object = { ...providerClass('shop', OBJECTS, { secretObjects }) };
  const manifests = [object, deployment({ name: 'shop', annotations: {}, spec })].map((each) => ({
    ...each,
    metadata: { ...each.metadata, namespace: at.name },
  }));
  await writeFile(
    join(directory, 'deploy/shop.yaml'),
    manifests.map((each) => stringify(each)).join('---\n'),
  );
  const { stdout } = await promisify(execFile)('kubectl', ['apply', '-f', 'deploy/'], {
    env,
    cwd: directory,
  });
  t.match(stdout, 'created');
  const pod = await podThat(() => true);
  t.strictSame(pod.spec.volumes[0].csi, csi);
  const [owner] = pod.metadata.ownerReferences;
  await api.create(`${at.core}/secrets`, {
    metadata: {
      name: 'db',
      labels: { 'secrets-store.csi.k8s.io/managed': 'true' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner.name, uid: owner.uid }],
    },
    stringData: { user: 'of-the-driver' },
  });

  const clean = await run('Before you begin', 'lint', at);
  const diff = await run('Before you begin', 'render', at);

  t.match(clean, '0 problems');
  t.match(diff, /^- +csi:$/m);
  t.match(diff, /^\+ +medium: Memory$/m);
});

t.test('one namespace: volumes are filled, and the Secret is used as it is', async (t) => {
  await run('Switch adoption on', 'helm upgrade', at);
  await serve.stop();
  await serve.start();
  // The controller has to see the second webhook, and the API server its caBundle.
  await eventually(
    async () => await run('One namespace', 'kubectl run', at).then(isAdmitted, () => false),
    'a pod that mounts the class would be admitted',
  );

  await run('One namespace', 'rollout', at);
  const pod = await podThat(isFilled);
  const told = await run('One namespace', 'jsonpath', at);

  t.strictSame(
    pod.spec.initContainers.map(({ name }: Json) => name),
    ['latchkey-volumes'],
  );
  t.match(told, new RegExp(`^${pod.metadata.name}  \\{"volumes"`, 'm'));
  t.strictSame(dataOf(await secret()), { user: 'of-the-driver' });
});

t.test('its Secrets go to their classes', async (t) => {
  await run('Secrets of secretObjects', 'take-over', at);
  const taken = await secret();
  const restart = ['rollout', 'restart', 'deployment', 'shop', '-n', at.name];
  await restarted(() => promisify(execFile)('kubectl', restart, { env }));
  await eventually(
    async () => dataOf(await secret())['user'] === 'canary-user',
    'the next roll-out brings it',
  );

  t.equal(taken.metadata.labels['latchkey.dev/adopted'], 'ascp');
  t.equal(taken.metadata.labels['secrets-store.csi.k8s.io/managed'], undefined);
});

t.test('the driver can go: nobody mounts through it, and its classes are kept', async (t) => {
  // Without a kubelet no new pod gets ready, so the Deployment keeps the old one; its next pod is filled.
  await eventually(async () => {
    const old = (await api.list(`${at.core}/pods`)).filter((pod) => !isFilled(pod));
    for (const { metadata } of old) await api.remove(`${at.core}/pods/${metadata.name}`);
    return old.length === 0;
  }, 'no pod of before is left');

  const mounting = await run('Switch the driver off', 'custom-columns', at);
  await run('Switch the driver off', 'classes.yaml', at);
  const report = await run('Or move on to annotations', 'migrate', at);

  t.notMatch(mounting, at.name);
  t.match(await readFile(join(directory, 'classes.yaml'), 'utf8'), 'objectName: shop/db');
  t.match(await readFile(join(directory, 'kind.yaml'), 'utf8'), 'secretproviderclasses');
  t.match(report, 'SecretProviderClass');
});

t.test('and back', async (t) => {
  await run('Back to the driver', 'adoption-', at);
  const pod = await podThat((each) => !isFilled(each));

  t.strictSame(pod.spec.volumes[0].csi, csi);
  t.equal(pod.spec.initContainers, undefined);
});

t.test('every other command of the page only names things', async (t) => {
  t.strictSame(
    left().filter((text) => !text.startsWith('NS=')),
    [],
  );
});
