// What a workload's review keeps its hands off, and objects that no API server would send.

import t, { type Test } from 'tap';

import { workloadReview, type Raw } from '../support/admission-client.ts';
import { startInstallation, type Installation } from '../support/installation.ts';
import { deploymentOf, templateOf, WORKLOAD_KINDS, workloadOf } from '../support/workloads.ts';

const WRONG = { 'latchkey.dev/enw.A': 'ssm:/a' };

async function shopWith(): Promise<Installation> {
  const shop = await startInstallation();
  shop.account('app');
  return shop;
}

/** Allowed at once: no question to anybody. */
async function isLeftAlone(
  t: Test,
  shop: Installation,
  review: Parameters<Installation['reviewWorkload']>,
): Promise<void> {
  const before = shop.kubernetes.requests.length;
  const { uid: _uid, ...answer } = await shop.reviewWorkload(...review);
  t.same(answer, { allowed: true });
  t.equal(shop.kubernetes.requests.length, before);
  t.equal(shop.aws.count(), 0);
}

t.test('an update that leaves the template as it was is allowed, whatever the template says', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const strays = { 'latchkey.dev/env.A': 'ssm:/a' };

  for (const kind of WORKLOAD_KINDS) {
    const old = workloadOf(kind, templateOf({ annotations: WRONG }));
    const scaled = structuredClone(old) as { spec: Raw };
    scaled.spec['replicas'] = 5;
    await isLeftAlone(t, shop, [scaled, { old }]);
  }
  const misplaced = (metadata: Raw) => workloadOf('Deployment', templateOf(), metadata);
  await isLeftAlone(t, shop, [
    misplaced({ annotations: { ...strays, 'deployment.kubernetes.io/revision': '2' } }),
    { old: misplaced({ annotations: strays }) },
  ]);
});

t.test(
  'an update of the template is reviewed, and so are annotations that are added around it',
  async (t) => {
    const shop = await shopWith();
    t.teardown(() => shop.close());
    const wrong = deploymentOf(WRONG);
    const restarted = deploymentOf({ ...WRONG, 'kubectl.kubernetes.io/restartedAt': '2026-11-23T01:02:03Z' });
    const strays = { annotations: { 'latchkey.dev/env.A': 'ssm:/a' } };

    const changed = await shop.reviewWorkload(wrong, { old: deploymentOf({}) });
    const restart = await shop.reviewWorkload(restarted, { old: wrong });
    const annotated = await shop.reviewWorkload(workloadOf('Deployment', templateOf(), strays), {
      old: workloadOf('Deployment', templateOf()),
    });
    const unrelated = await shop.reviewWorkload(deploymentOf(WRONG, strays), { old: wrong });

    t.equal(changed.allowed, false);
    t.equal(restart.allowed, false);
    t.equal(annotated.allowed, false);
    t.equal(unrelated.allowed, true, 'what was wrong before is no reason against another change');
    t.match(unrelated.warnings, [/this stands on the Deployment/]);
  },
);

t.test('objects of a controller and objects that are being deleted are left alone', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app', uid: 'u', controller: true };
  const template = templateOf({ annotations: WRONG });

  await isLeftAlone(t, shop, [workloadOf('ReplicaSet', template, { ownerReferences: [owner] })]);
  await isLeftAlone(t, shop, [
    workloadOf('Job', template, { ownerReferences: [{ ...owner, kind: 'CronJob' }] }),
  ]);
  await isLeftAlone(t, shop, [
    workloadOf('Deployment', template, { deletionTimestamp: '2026-11-23T01:02:03Z' }),
    { old: deploymentOf({}) },
  ]);
  const merelyOwned = await shop.reviewWorkload(
    workloadOf('Job', template, { ownerReferences: [{ ...owner, controller: false }] }),
  );
  t.equal(merelyOwned.allowed, false, 'an owner that is no controller copied nothing');
});

t.test('deletions, connections and subresources are allowed', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const wrong = deploymentOf(WRONG);

  await isLeftAlone(t, shop, [wrong, { operation: 'DELETE' }]);
  await isLeftAlone(t, shop, [wrong, { operation: 'CONNECT' }]);
  await isLeftAlone(t, shop, [wrong, { operation: 'UPDATE', subResource: 'scale' }]);
  await isLeftAlone(t, shop, [wrong, { operation: 'UPDATE', subResource: 'status' }]);
});

t.test('a workload that asks for nothing or has opted out costs nothing', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const disabled = { 'latchkey.dev/injection': 'disabled' };

  for (const kind of WORKLOAD_KINDS) await isLeftAlone(t, shop, [workloadOf(kind, templateOf())]);
  await isLeftAlone(t, shop, [deploymentOf({ ...WRONG, ...disabled })]);
  await isLeftAlone(t, shop, [
    workloadOf('Deployment', templateOf({ annotations: WRONG, labels: disabled })),
  ]);
  await isLeftAlone(t, shop, [workloadOf('Deployment', templateOf({ serviceAccount: '../x' }))]);
});

t.test('kinds without a template of ours are allowed', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const spec = { template: templateOf({ annotations: WRONG }) };

  for (const apiVersion of ['example.com/v1', 'v1', '']) {
    await isLeftAlone(t, shop, [{ apiVersion, kind: 'Deployment', metadata: { name: 'app' }, spec }]);
  }
  await isLeftAlone(t, shop, [{ apiVersion: 'v1', kind: 'Pod', metadata: { annotations: WRONG }, spec: {} }]);
  await isLeftAlone(t, shop, [
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'app', annotations: WRONG },
      spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' } },
    },
  ]);
});

t.test('objects of any shape are allowed or refused with the reason, never an error', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  // Deeper than JSON.stringify goes.
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const parts: readonly unknown[] = [null, [], 'text', 7, true, {}, [null], [{}], { name: 7 }];
  const rollout = (template: unknown, metadata?: unknown): Raw => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: metadata ?? { name: 'app', namespace: 'shop' },
    spec: { template },
  });
  const asking = { annotations: { 'latchkey.dev/env.A': 'ssm:/a' } };
  const objects: readonly unknown[] = [
    ...parts,
    ...parts.map((spec) => ({ apiVersion: 'apps/v1', kind: 'Deployment', spec })),
    ...parts.map((template) => rollout(template)),
    ...parts.map((metadata) => rollout(templateOf(asking), metadata)),
    ...parts.map((metadata) => rollout({ ...templateOf(), metadata })),
    ...parts.map((spec) => rollout({ metadata: asking, spec })),
    ...parts.map((containers) => rollout({ metadata: asking, spec: { containers } })),
    ...parts.map((annotations) => rollout({ ...templateOf(), metadata: { annotations } })),
    ...parts.map((ownerReferences) => rollout(templateOf(asking), { ownerReferences })),
    rollout({ ...templateOf(), metadata: { annotations: { 'latchkey.dev/env.A': 1 } } }),
    rollout({
      ...templateOf(),
      metadata: { annotations: { ['__proto__']: 'x', 'latchkey.dev/__proto__': 'y' } },
    }),
    rollout({ ...templateOf(asking), deep: 'DEEP' }),
  ];

  for (const object of objects) {
    for (const old of [undefined, object, rollout('DEEP')]) {
      const review = workloadReview(object, { namespace: 'shop', ...(old === undefined ? {} : { old }) });
      const request = { ...(review['request'] as Raw) };
      if (request['kind'] === undefined || (request['kind'] as Raw)['kind'] === '') {
        request['kind'] = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout' };
      }
      const answer = await shop.client.post(
        JSON.stringify({ ...review, request }).replaceAll('"DEEP"', deep),
        '/validate/workloads',
      );
      t.equal(answer.status, 200, JSON.stringify(object).slice(0, 100));
    }
  }
});

t.test('a template that is no pod is refused only where it asks, with what to compare it with', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const annotations = { 'latchkey.dev/env.A': true };

  const asks = await shop.reviewWorkload(
    workloadOf('Rollout', { ...templateOf(), metadata: { annotations } }),
  );
  const silent = await shop.reviewWorkload(workloadOf('Rollout', { metadata: {}, spec: { containers: 7 } }));

  t.equal(asks.allowed, false);
  t.match(asks.status?.details?.causes, [{ reason: 'LK-SYNTAX', field: 'spec.template' }]);
  t.match(asks.status?.message, /annotations and values of variables are text, in quotes/);
  t.equal(silent.allowed, true);
});

t.test('names that are none reach no URL', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());

  for (const name of ['../kube-system', 'a/b', 'UPPER', '%2e%2e']) {
    const namespace = await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env.A': 'ssm:/a' }), {
      namespace: name,
    });
    t.equal(namespace.allowed, false, name);
    t.match(namespace.status?.details?.causes, [{ reason: 'LK-NAME' }]);
  }
  t.notOk(shop.kubernetes.requests.some((request) => /\.\.|kube-system|%2e/i.test(request)));
});
