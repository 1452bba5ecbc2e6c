import t from 'tap';

import { addNode } from '../../support/nodes.ts';
import { eventually } from '../../support/eventually.ts';
import { startAws } from '../../support/aws.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { dataOf, deployment, podsOf, secretsOf, variableOf } from '../../support/objects.ts';

const installation = await startInstallationOn(await startAws());
t.teardown(() => installation.close());
const { api, aws } = installation;
await aws.putParameter('/shop/password', 'canary-hunter2');
await aws.putParameter('/shop/key', '-----BEGIN KEY-----\ncanary-key\n-----END KEY-----\n');

const ASKS = {
  'latchkey.dev/env.PASSWORD': 'ssm:/shop/password',
  'latchkey.dev/file.tls.key': 'ssm:/shop/key',
} as const;

t.test('pods of a Deployment exist with their Secret', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');

  await api.create(
    `${namespace.apps}/deployments`,
    deployment({ name: 'shop', replicas: 3, annotations: ASKS }),
  );
  const pods = await podsOf(api, namespace, 'shop', 3);

  const names = new Set(pods.flatMap(secretsOf));
  const [name = ''] = names;
  const secret = await api.get(`${namespace.core}/secrets/${name}`);
  const [set] = await api.list(`${namespace.apps}/replicasets`);
  t.equal(names.size, 1, 'one Secret for the revision');
  t.equal(variableOf(pods[0], 'app', 'PASSWORD').valueFrom.secretKeyRef.name, name);
  t.match(Object.values(dataOf(secret)).sort(), [/BEGIN KEY/, 'canary-hunter2']);
  t.equal(secret.immutable, true);
  t.match(secret.metadata.ownerReferences, [
    { kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid, controller: false },
  ]);
  t.notMatch(JSON.stringify(pods), /canary/);
  const { calls = [] } = installation.replicas[0] ?? {};
  const reads = calls.filter((call) => call.names.some((asked) => asked.startsWith('/shop/')));
  t.equal(reads.length, 2, 'AWS was asked once when it was applied and once for the pods');
});

t.test('the Secret goes with its ReplicaSet', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations: ASKS }));
  const [pod] = await podsOf(api, namespace, 'shop', 1);
  const [name = ''] = secretsOf(pod);

  await api.remove(`${namespace.apps}/deployments/shop`);

  await eventually(
    async () => (await api.send('GET', `${namespace.core}/secrets/${name}`)).status === 404,
    'the garbage collector takes the Secret',
  );
  t.pass('the garbage collector took it');
});

t.test('a roll-out after a rotation gets the new value, pods that run keep theirs', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await aws.putParameter('/shop/rotated', 'canary-one');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/rotated' };
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations }));
  const [old] = await podsOf(api, namespace, 'shop', 1);

  await aws.putParameter('/shop/rotated', 'canary-two');
  const restarted = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await api.patch(`${namespace.apps}/deployments/shop`, {
    spec: { template: { metadata: { annotations: restarted } } },
  });
  const [fresh] = await podsOf(api, namespace, 'shop', 1);

  const valueOf = async (pod: unknown) => {
    const secret = await api.get(`${namespace.core}/secrets/${secretsOf(pod)[0] ?? ''}`);
    return Object.values(dataOf(secret));
  };
  t.not(fresh.metadata.name, old.metadata.name);
  t.strictSame(await valueOf(old), ['canary-one']);
  t.strictSame(await valueOf(fresh), ['canary-two']);
});

t.test('every kind of controller that Kubernetes has gets its Secret and owns it', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const { spec } = deployment({ name: 'shop', annotations: ASKS });
  const { replicas, ...common } = spec;
  const template = {
    ...spec.template,
    spec: { ...spec.template.spec, restartPolicy: 'Never' },
  };
  await addNode(api, namespace.name, 'v1.36.0');
  t.teardown(() => api.remove(`/api/v1/nodes/${namespace.name}`));

  await api.create(`${namespace.apps}/statefulsets`, {
    metadata: { name: 'stateful' },
    spec: { ...common, replicas, serviceName: 'shop' },
  });
  await api.create(`${namespace.apps}/daemonsets`, { metadata: { name: 'daemon' }, spec: common });
  await api.create(`${namespace.core}/replicationcontrollers`, {
    metadata: { name: 'old' },
    spec: { template: { ...spec.template, metadata: { labels: { app: 'old' }, annotations: ASKS } } },
  });
  await api.create(`/apis/batch/v1/namespaces/${namespace.name}/jobs`, {
    metadata: { name: 'job' },
    spec: { template: { ...template, metadata: { annotations: ASKS } } },
  });

  for (const kind of ['StatefulSet', 'DaemonSet', 'ReplicationController', 'Job']) {
    await eventually(async () => {
      const pods = await api.list(`${namespace.core}/pods`);
      const pod = pods.find(({ metadata }) => metadata.ownerReferences[0].kind === kind);
      const [name] = pod === undefined ? [] : secretsOf(pod);
      if (name === undefined) return false;
      const secret = await api.get(`${namespace.core}/secrets/${name}`);
      t.match(secret.metadata.ownerReferences, [{ kind }]);
      return true;
    }, `a pod of the ${kind}`);
  }
});
