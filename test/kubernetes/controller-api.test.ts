import t from 'tap';
import { createControllerApi } from '../../src/kubernetes/create-controller-api.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { heldBy, LEASE_TIMES, released } from '../../src/controller/lease.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const double = await startKubernetesDouble();
t.teardown(() => double.close());
const api = createControllerApi({ kubeconfig: double.controllerKubeconfig });
const signal = new AbortController().signal;
const CANARY = 'canary-51d0';

t.before(() => {
  double.addNamespace('shop');
});
t.beforeEach(() => {
  double.clearFaults();
  double.resetCalls();
});

function addSecret(name: string): void {
  const data = { a: Buffer.from(CANARY).toString('base64') };
  double.put(
    'v1',
    'Secret',
    { namespace: 'shop', name },
    { rest: { type: 'Opaque', data }, labels: { k: 'v' } },
  );
}

t.test('a Lease is made, renewed and given back, and never against what somebody else wrote', async (t) => {
  const at = { namespace: 'shop', name: 'lease' };
  const record = heldBy('a', { before: undefined, times: LEASE_TIMES, wallMs: Date.now() });
  t.equal(await api.lease('shop', 'lease', signal), undefined);

  const made = await api.createLease(at, record, signal);
  t.equal(await api.createLease(at, record, signal), undefined, 'exists');
  t.ok(made);
  if (made === undefined) return;
  const renewed = await api.updateLease(made, record, signal);
  t.equal(await api.updateLease(made, record, signal), undefined, 'an old version');
  if (renewed !== undefined) await api.updateLease(renewed, released(renewed, Date.now()), signal);

  t.match(await api.lease('shop', 'lease', signal), { holder: '', transitions: 0 });
});

t.test('a Lease belongs to the service account that made it, also after it was renewed', async (t) => {
  const at = { namespace: 'shop', name: 'owned', owner: { name: 'controller', uid: 'uid-1' } };
  const record = heldBy('a', { before: undefined, times: LEASE_TIMES, wallMs: Date.now() });

  const made = await api.createLease(at, record, signal);
  if (made === undefined) throw new Error('not made');
  await api.updateLease(made, record, signal);

  const owners = [{ apiVersion: 'v1', kind: 'ServiceAccount', name: 'controller', uid: 'uid-1' }];
  t.same(double.get('Lease', 'shop', 'owned')?.metadata['ownerReferences'], owners);
});

t.test('a Lease that has no spec reads as released', async (t) => {
  double.put('coordination.k8s.io/v1', 'Lease', { namespace: 'shop', name: 'bare' });

  t.match(await api.lease('shop', 'bare', signal), { holder: '', durationSeconds: 0, renewTime: '' });
});

t.test('a Secret is updated in place, its labels and its type stay', async (t) => {
  addSecret('one');
  const secret = await api.secret('shop', 'one', signal);
  if (secret === undefined) throw new Error('gone');

  t.equal(await api.updateSecret(secret, new Map(), signal), 'done');
  t.equal(await api.updateSecret(secret, new Map(), signal), 'conflict');

  t.match(double.get('Secret', 'shop', 'one'), {
    data: {},
    type: 'Opaque',
    metadata: { uid: secret.uid, labels: { k: 'v' } },
  });
});

t.test('nothing of a Secret that was read can be printed', async (t) => {
  addSecret('two');

  const secret = await api.secret('shop', 'two', signal);

  t.notMatch(JSON.stringify(secret), CANARY);
  t.notMatch(JSON.stringify(secret), Buffer.from(CANARY).toString('base64'));
});

t.test('a Secret is deleted only as it was read; one that is gone counts as deleted', async (t) => {
  addSecret('three');
  const old = await api.secret('shop', 'three', signal);
  addSecret('three');
  const now = await api.secret('shop', 'three', signal);
  if (old === undefined || now === undefined) throw new Error('gone');

  t.equal(await api.deleteSecret(old, signal), 'conflict');
  t.equal(await api.deleteSecret(now, signal), 'done');
  t.equal(await api.deleteSecret(now, signal), 'done');
  t.equal(await api.recreateSecret(now, signal), 'done');
  t.equal(await api.recreateSecret(now, signal), 'exists');
  t.equal(await api.recreateSecret({ ...now, namespace: 'nowhere' }, signal), 'gone');
});

t.test('lists of Secrets hold metadata alone', async (t) => {
  addSecret('four');
  const heads: string[] = [];

  await api.eachSecret(
    { namespace: 'shop', labelSelector: 'k=v' },
    (head) => heads.push(JSON.stringify(head)),
    signal,
  );

  t.ok(heads.some((head) => head.includes('"four"')));
  t.notMatch(heads.join(''), Buffer.from(CANARY).toString('base64'));
});

t.test('a list that keeps expiring ends in an error', async (t) => {
  double.fault('GET /api/v1/pods', {
    kind: 'answer',
    status: 410,
    body: { kind: 'Status', reason: 'Expired' },
  });

  await t.rejects(
    api.eachPod(undefined, () => {}, signal),
    { code: 'LK-KUBERNETES' },
  );
  t.equal(double.calls('GET /api/v1/pods'), 4);
});

t.test('names that are none never reach the server', async (t) => {
  const bad = { code: 'LK-NAME' };
  await t.rejects(api.secret('shop', '../x', signal), bad);
  await t.rejects(api.secret('a/b', 'x', signal), bad);
  await t.rejects(api.lease('shop', 'a?b', signal), bad);
  await t.rejects(api.registration('mutating', '../pods', signal), bad);
  await t.rejects(
    api.eachPod('x/y', () => {}, signal),
    bad,
  );
  t.equal(double.requests.length, 0);
});

t.test(
  'the two identities have different rights: serve reads no Secret, the controller asks for no token',
  async (t) => {
    const asServe = createControllerApi({ kubeconfig: double.kubeconfig });
    const asController = createKubernetes({ kubeconfig: double.controllerKubeconfig });
    double.addServiceAccount('shop', 'app');

    await t.rejects(asServe.secret('shop', 'four', signal), {
      message: 'Latchkey may not get secrets in namespace "shop" (403)',
    });
    await t.rejects(asController.requestToken('shop', 'app', 'sts.amazonaws.com'), { code: 'LK-KUBERNETES' });
    await t.rejects(asController.serviceAccount('shop', 'app'), { code: 'LK-KUBERNETES' });
  },
);

t.test("it knows how far our clock is from the API server's", async (t) => {
  const ahead = createControllerApi({
    kubeconfig: double.controllerKubeconfig,
    clock: { now: () => 0, wall: () => Date.now() + 90_000 },
  });
  t.equal(ahead.clockAheadMs(), undefined, 'it has not asked yet');

  await ahead.lease('shop', 'bare', signal);

  t.ok(Math.abs((ahead.clockAheadMs() ?? 0) - 90_000) < 5_000);
});

t.test(
  'a caBundle is written only into the version that was read, and nothing else of it changes',
  async (t) => {
    const clientConfig = { service: { name: 'latchkey', namespace: 'latchkey' }, unknown: 'field' };
    const put = (): void => {
      const webhooks = [{ name: 'a.example.com', clientConfig: { ...clientConfig } }];
      const apiVersion = 'admissionregistration.k8s.io/v1';
      double.put(apiVersion, 'MutatingWebhookConfiguration', { name: 'latchkey' }, { rest: { webhooks } });
    };
    put();
    const old = await api.registration('mutating', 'latchkey', signal);
    put();
    const now = await api.registration('mutating', 'latchkey', signal);
    if (old === undefined || now === undefined) throw new Error('gone');

    t.equal(await api.publish(old, 'PEM', signal), 'conflict');
    t.same(now.bundles, ['']);
    t.equal(await api.publish(now, 'PEM', signal), 'done');

    const caBundle = Buffer.from('PEM').toString('base64');
    t.match(double.get('MutatingWebhookConfiguration', undefined, 'latchkey'), {
      webhooks: [{ clientConfig: { ...clientConfig, caBundle } }],
    });
    t.same((await api.registration('mutating', 'latchkey', signal))?.bundles, ['PEM']);
    t.equal(await api.registration('validating', 'latchkey', signal), undefined);
  },
);

t.test('an empty list of metadata is null, and no error', async (t) => {
  let heads = 0;
  const query = { namespace: 'shop', labelSelector: 'nobody=has' };

  await api.eachSecret(query, () => (heads += 1), signal);

  t.equal(heads, 0);
});
