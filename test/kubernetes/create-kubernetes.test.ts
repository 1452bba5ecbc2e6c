import t from 'tap';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const double = await startKubernetesDouble();
t.teardown(() => double.close());
const kubernetes = createKubernetes({ kubeconfig: double.kubeconfig });

const secret = {
  name: 'latchkey-shop-0a1b',
  namespace: 'shop',
  labels: { 'app.kubernetes.io/managed-by': 'latchkey' },
  annotations: { 'latchkey.dev/references': 'ssm:/a' },
  type: 'Opaque',
  data: new Map([['env.TEST_VALUE', new SecretValue('canary-1')]]),
};

t.before(() => {
  double.addNamespace('shop', { labels: { team: 'shop' }, annotations: { 'latchkey.dev/prefix': '/prod' } });
});
t.beforeEach(() => {
  double.clearFaults();
  double.resetCalls();
});

t.test('a service account is read with its uid and annotations', async (t) => {
  double.addServiceAccount('shop', 'app', {
    uid: 'uid-1',
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:x' },
  });

  const account = await kubernetes.serviceAccount('shop', 'app');

  t.match(account, { name: 'app', namespace: 'shop', uid: 'uid-1' });
  t.equal(account?.annotations['eks.amazonaws.com/role-arn'], 'arn:x');
  t.equal(account?.annotations['constructor'], undefined, 'inherited names are not annotations');
});

t.test('what does not exist is undefined', async (t) => {
  t.equal(await kubernetes.serviceAccount('shop', 'nobody'), undefined);
  t.equal(await kubernetes.namespace('nowhere'), undefined);
});

t.test('a namespace is read', async (t) => {
  t.match(await kubernetes.namespace('shop'), { name: 'shop', labels: { team: 'shop' } });
});

t.test('names that are none never reach the server', async (t) => {
  await t.rejects(kubernetes.serviceAccount('shop', '../secrets/x'), { code: 'LK-NAME' });
  await t.rejects(kubernetes.serviceAccount('a.b', 'app'), { code: 'LK-NAME' });
  await t.rejects(kubernetes.namespace('../nodes'), { code: 'LK-NAME' });
  await t.rejects(kubernetes.requestToken('shop', 'a?b', 'sts.amazonaws.com'), { code: 'LK-NAME' });
  await t.rejects(kubernetes.createSecret({ ...secret, name: 'A/B' }), { code: 'LK-NAME' });
  await t.rejects(kubernetes.pods('x/y', 'a=b'), { code: 'LK-NAME' });
  t.equal(double.requests.length, 0);
});

t.test('the Secret of a certificate is read by who may read it', async (t) => {
  const rest = { data: { 'tls.crt': Buffer.from('canary-2').toString('base64') } };
  double.put('v1', 'Secret', { namespace: 'shop', name: 'tls' }, { rest });
  const reader = createKubernetes({ kubeconfig: double.controllerKubeconfig });

  const read = await reader.certificateSecret('shop', 'tls');

  t.strictSame(
    [...(read ?? [])].map(([key, value]) => [key, Buffer.from(value.reveal()).toString()]),
    [['tls.crt', 'canary-2']],
  );
  t.equal(await reader.certificateSecret('shop', 'none'), undefined);
  await t.rejects(kubernetes.certificateSecret('shop', 'tls'), {
    code: 'LK-KUBERNETES',
    message: /get secrets in namespace "shop"/,
  });
  await t.rejects(reader.certificateSecret('shop', '../x'), { code: 'LK-NAME' });
});

t.test('controllers of every known kind are read, others are not asked for', async (t) => {
  const kinds = [
    ['ReplicaSet', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['DaemonSet', 'apps/v1'],
    ['Job', 'batch/v1'],
    ['ReplicationController', 'v1'],
  ] as const;
  for (const [kind, apiVersion] of kinds) {
    double.addOwner(kind, 'shop', 'owner', {
      uid: `uid-${kind}`,
      rest: { spec: { template: 'canary-template' } },
    });
    const owner = await kubernetes.owner({ apiVersion, kind, namespace: 'shop', name: 'owner' });
    t.equal(owner?.uid, `uid-${kind}`);
  }
  double.resetCalls();

  for (const [apiVersion, kind] of [
    ['apps/v1', 'Deployment'],
    ['v1', 'Secret'],
    ['evil/v1', 'ReplicaSet'],
    ['v1', '__proto__'],
  ]) {
    t.equal(
      await kubernetes.owner({ apiVersion: apiVersion!, kind: kind!, namespace: 'shop', name: 'owner' }),
      undefined,
    );
  }
  t.equal(double.requests.length, 0);
});

t.test('pods are listed by label, as raw JSON', async (t) => {
  double.addPod('shop', {
    metadata: { name: 'p1', labels: { 'pod-template-hash': 'x' } },
    spec: { future: 1 },
  });
  double.addPod('shop', { metadata: { name: 'p2', labels: { 'pod-template-hash': 'y' } }, spec: {} });

  const pods = await kubernetes.pods('shop', 'pod-template-hash=x');

  t.match(pods, [{ metadata: { name: 'p1' }, spec: { future: 1 } }]);
  t.equal(pods.length, 1);
});

t.test('nodes are listed over all pages', async (t) => {
  for (let i = 0; i < 205; i += 1) double.addNode(`node-${String(i).padStart(3, '0')}`);
  double.addNode('old', {
    kubeletVersion: 'v1.34.1',
    ready: false,
    cordoned: true,
    operatingSystem: 'windows',
    labels: { a: 'b' },
  });

  const nodes = await kubernetes.nodes();

  t.equal(nodes.length, 206);
  t.equal(double.calls('GET /api/v1/nodes'), 2);
  t.match(nodes[0], {
    kubeletVersion: 'v1.35.2-eks-1a2b3c',
    operatingSystem: 'linux',
    ready: true,
    cordoned: false,
  });
  t.match(nodes.at(-1), {
    name: 'old',
    kubeletVersion: 'v1.34.1',
    ready: false,
    cordoned: true,
    operatingSystem: 'windows',
    labels: { a: 'b' },
  });
});

t.test('the version is read, with a plus sign and under emulation', async (t) => {
  double.setVersion({ major: '1', minor: '30+', gitVersion: 'v1.30.4-eks' });
  t.same(await kubernetes.version(), { major: 1, minor: 30 });

  double.setVersion({ major: '1', minor: '36', emulationMajor: '1', emulationMinor: '34' });
  t.same(await kubernetes.version(), { major: 1, minor: 34 });

  double.setVersion({ major: 'one', minor: 'thirty' });
  await t.rejects(kubernetes.version(), { code: 'LK-KUBERNETES' });
});

t.test('a token is requested for one audience and is never printed', async (t) => {
  double.addServiceAccount('shop', 'app', { uid: 'uid-1' });

  const token = await kubernetes.requestToken('shop', 'app', 'sts.amazonaws.com');

  const [, payload = ''] = Buffer.from(token.reveal()).toString().split('.');
  t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    sub: 'system:serviceaccount:shop:app',
    aud: ['sts.amazonaws.com'],
    iss: double.issuer,
  });
  t.equal(JSON.stringify(token), '"[redacted]"');
});

t.test('a token for an account that is gone is a clear error', async (t) => {
  await t.rejects(kubernetes.requestToken('shop', 'gone', 'sts.amazonaws.com'), {
    code: 'LK-NO-SERVICE-ACCOUNT',
    message: 'service account "gone" does not exist in namespace "shop"',
  });
});

t.test('a policy that refuses the audience is a clear error', async (t) => {
  const strict = await startKubernetesDouble();
  t.teardown(() => strict.close());
  strict.addServiceAccount('shop', 'app');
  strict.setAllowedAudiences(['sts.amazonaws.com']);
  const kubernetes = createKubernetes({ kubeconfig: strict.kubeconfig });

  await t.rejects(kubernetes.requestToken('shop', 'app', 'vault'), {
    code: 'LK-KUBERNETES',
    message: /^the API server refused: create serviceaccounts\/token .*403 Forbidden/,
  });
});

t.test('a Secret is created once, immutable, with its owner; again means done', async (t) => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-1', uid: 'uid-rs' };

  t.equal(await kubernetes.createSecret({ ...secret, owner }), 'created');
  t.equal(await kubernetes.createSecret({ ...secret, owner }), 'exists');

  const [stored] = double.secrets('shop');
  t.match(stored, {
    type: 'Opaque',
    immutable: true,
    data: { 'env.TEST_VALUE': Buffer.from('canary-1').toString('base64') },
    metadata: { labels: secret.labels, annotations: secret.annotations },
  });
  t.same(stored?.metadata['ownerReferences'], [{ ...owner, controller: false }]);
});

t.test('what the server refuses of a Secret is told apart', async (t) => {
  const big = new Map([
    ['a', new SecretValue('x'.repeat(600_000))],
    ['b', new SecretValue('y'.repeat(600_000))],
  ]);
  await t.rejects(kubernetes.createSecret({ ...secret, name: 'big', data: big }), { code: 'LK-TOO-LARGE' });

  double.addNamespace('full');
  double.setSecretQuota('full', 0);
  await t.rejects(kubernetes.createSecret({ ...secret, namespace: 'full' }), {
    code: 'LK-QUOTA',
    message: /ResourceQuota in namespace "full"/,
  });

  double.addNamespace('going');
  double.setTerminating('going');
  await t.rejects(kubernetes.createSecret({ ...secret, namespace: 'going' }), {
    code: 'LK-KUBERNETES',
    message: 'namespace "going" is being deleted',
  });

  await t.rejects(kubernetes.createSecret({ ...secret, namespace: 'nowhere' }), {
    code: 'LK-KUBERNETES',
    message: /404/,
  });
  await t.rejects(
    kubernetes.createSecret({ ...secret, name: 'x', data: new Map([['a/b', new SecretValue('v')]]) }),
    {
      code: 'LK-KUBERNETES',
      message: /422 Invalid/,
    },
  );
});

t.test('a Secret whose creation was cut off is created by the second try', async (t) => {
  double.fault('POST /api/v1/namespaces/shop/secrets', { kind: 'cut' }, 1);

  t.equal(await kubernetes.createSecret({ ...secret, name: 'cut' }), 'exists', 'the first one had arrived');
  t.equal(double.secrets('shop').filter((s) => s.metadata.name === 'cut').length, 1);
});

t.test('an Event is written and never repeated', async (t) => {
  const regarding = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-1', uid: 'uid-rs' };
  const event = {
    namespace: 'shop',
    type: 'Warning',
    reason: 'Stale',
    message: 'm'.repeat(2000),
    regarding,
  } as const;

  await kubernetes.createEvent(event);
  double.fault('events', { kind: 'reset' });
  await t.rejects(kubernetes.createEvent(event), { code: 'LK-KUBERNETES', message: /closed the connection/ });

  const [stored] = double.events('shop');
  t.match(stored, {
    type: 'Warning',
    reason: 'Stale',
    source: { component: 'latchkey' },
    involvedObject: { name: 'app-1' },
  });
  t.equal(Buffer.byteLength(String(stored?.['message'])), 1024);
  t.equal(double.calls('POST /api/v1/namespaces/shop/events'), 2);
});
