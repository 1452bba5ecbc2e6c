// What becomes of a pod that refers to Secrets, in a namespace where definitions are carried out.

import t from 'tap';

import { foreignSecret, REGION, startAdoption, userOf } from '../support/adoption.ts';
import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { eventually } from '../support/eventually.ts';
import { podOf } from '../support/installation.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

t.test('a Secret that a definition describes is there before its pod is admitted', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary-1', { region: REGION });
  const definition = shop.kes('db');

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.equal(answer.patch, undefined, 'the pod says already what it needs');
  t.strictSame(shop.data('db'), { password: 'canary-1' });
  const [secret] = shop.kubernetes.secrets('shop');
  t.strictSame(secret?.metadata['ownerReferences'], [
    {
      apiVersion: 'kubernetes-client.io/v1',
      kind: 'ExternalSecret',
      name: 'db',
      uid: definition.metadata.uid,
      controller: true,
    },
  ]);
  t.equal(secret?.metadata.labels?.['latchkey.dev/adopted'], 'kes');
  t.match(secret?.metadata.annotations?.['latchkey.dev/references'], /\/db \(version 1\)/);
  t.equal(shop.kubernetes.secrets('shop').length, 1);
  t.notMatch(await shop.written(), /canary/);
});

const PLACES = {
  'env of an init container': {
    initContainers: [
      { name: 'init', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] },
    ],
  },
  'envFrom of a native sidecar': {
    initContainers: [{ name: 'proxy', restartPolicy: 'Always', envFrom: [{ secretRef: { name: 'db' } }] }],
  },
  'a volume': { volumes: [{ name: 'v', secret: { secretName: 'db' } }] },
  'a projected source': {
    volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'db' } }] } }],
  },
  imagePullSecrets: { imagePullSecrets: [{ name: 'db' }] },
} as const;

for (const [place, spec] of Object.entries(PLACES)) {
  t.test(`a Secret is made for ${place}`, async (t) => {
    const shop = await startAdoption();
    t.teardown(() => shop.close());
    shop.account('app');
    shop.aws.ssm.put('/db', 'canary', { region: REGION });
    shop.kes('db');

    const answer = await shop.review(podOf({ spec }));

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(shop.data('db'), { password: 'canary' });
  });
}

t.test('what is optional or only pulls images may be absent, as with Kubernetes', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');

  const optional = await shop.review(userOf({ optional: true }));
  const pull = await shop.review(podOf({ spec: { imagePullSecrets: [{ name: 'registry' }] } }));
  const required = await shop.review(userOf());

  t.equal(optional.allowed, true);
  t.equal(pull.allowed, true);
  t.strictSame(codes(required), ['LK-NO-DEFINITION']);
});

t.test('an optional Secret is made too, and may be absent when AWS has nothing', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app', { role: { allow: [{ actions: ['ssm:*'], resources: ['/db', '/nothing'] }] } });
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  shop.aws.ssm.put('/denied', 'canary', { region: REGION });
  for (const name of ['db', 'nothing', 'denied']) shop.kes(name);

  const made = await shop.review(userOf({ optional: true }));
  const absent = await shop.review(userOf({ optional: true, secrets: ['nothing'] }));
  const denied = await shop.review(userOf({ optional: true, secrets: ['denied'] }));

  t.equal(made.allowed, true, made.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary' });
  t.equal(absent.allowed, true, absent.status?.message ?? '');
  t.strictSame(codes(denied), ['LK-DENIED'], 'never on a denied call');
});

t.test(
  'a namespace without the label, a pod that opted out and a pod without Secrets cost nothing',
  async (t) => {
    const shop = await startAdoption();
    t.teardown(() => shop.close());
    shop.account('app');
    shop.kubernetes.addNamespace('other', { labels: { 'latchkey.dev/adoption': 'true' } });
    shop.kubernetes.addNamespace('out', {
      labels: { 'latchkey.dev/adoption': 'enabled', 'latchkey.dev/injection': 'disabled' },
    });
    await shop.review(userOf({ optional: true }));
    shop.kubernetes.resetCalls();

    const nothing = await shop.review(podOf());
    const optedOut = await shop.review(userOf({ annotations: { 'latchkey.dev/injection': 'disabled' } }));
    const callsOfPods = shop.kubernetes.requests.length;
    const elsewhere = await shop.review(userOf(), { namespace: 'other' });
    const disabled = await shop.review(userOf(), { namespace: 'out' });

    for (const answer of [nothing, optedOut, elsewhere, disabled]) t.equal(answer.allowed, true);
    t.equal(callsOfPods, 0);
    t.strictSame([...shop.kubernetes.requests].toSorted(), [
      'GET /api/v1/namespaces/other',
      'GET /api/v1/namespaces/out',
    ]);
  },
);

t.test('a pod may use annotations and adoption at once', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary-db', { region: REGION });
  shop.aws.ssm.put('/a', 'canary-a', { region: REGION });
  shop.kes('db');
  const pod = userOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } });

  const first = await shop.review(pod);
  const second = await shop.review(applied(pod, first));

  t.equal(first.allowed, true, first.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary-db' });
  t.equal(shop.kubernetes.secrets('shop').length, 2);
  t.equal(second.allowed, true, second.status?.message ?? '');
  t.equal(second.patch, undefined, 'a second round adds nothing');
});

t.test('all problems of a pod are told together, those of its annotations first', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app', { role: { allow: [] } });
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  shop.kes('db');
  shop.kes('wrong', { backendType: 'vault' });

  const answer = await shop.review(
    userOf({ secrets: ['db', 'wrong', 'gone'], annotations: { 'latchkey.dev/evn.A': 'ssm:/a' } }),
  );

  t.strictSame(codes(answer), ['LK-UNKNOWN', 'LK-DENIED', 'LK-DEFINITION', 'LK-NO-DEFINITION']);
  t.match(answer.status?.details?.causes?.[3], {
    field: 'spec.containers[0].env[2]',
    message: 'secret "gone": it does not exist in namespace "shop", and no definition makes it',
  });
  t.strictSame(shop.kubernetes.secrets('shop'), []);
});

t.test('a refusal stands in an Event on the workload', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');

  await shop.review(userOf({ owner }));

  await eventually(() => shop.kubernetes.events('shop').length === 1, 'an Event');
  t.match(shop.kubernetes.events('shop'), [{ reason: 'SecretsRefused', message: /LK-NO-DEFINITION/ }]);
});

t.test("a Job's pods are told that hooks run before definitions", async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  const job = shop.kubernetes.addOwner('Job', 'shop', 'migrate');
  const pod = userOf({ owner: job }) as {
    metadata: { ownerReferences: { apiVersion: string; kind: string }[] };
  };
  Object.assign(pod.metadata.ownerReferences[0] ?? {}, { apiVersion: 'batch/v1', kind: 'Job' });

  const ofJob = await shop.review(pod);
  const ofSet = await shop.review(userOf({ owner: shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1') }));

  t.match(ofJob.status?.message, /PreSync or pre-install Job .* annotations/);
  t.notMatch(ofSet.status?.message, /PreSync/);
});

t.test('a thousand pods of a revision cost what one does', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  for (const name of ['db', 'cache']) {
    shop.aws.ssm.put(`/${name}`, 'canary', { region: REGION });
    shop.kes(name);
  }
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  shop.kubernetes.resetCalls();

  const answers = await Promise.all(
    Array.from({ length: 100 }, () => shop.review(userOf({ owner, secrets: ['db', 'cache'] }))),
  );
  for (let round = 0; round < 9; round += 1) {
    await Promise.all(
      Array.from({ length: 100 }, () => shop.review(userOf({ owner, secrets: ['db', 'cache'] }))),
    );
  }

  t.ok(answers.every(({ allowed }) => allowed));
  const count = (wanted: string) => shop.aws.calls.filter(({ action }) => action === wanted).length;
  t.equal(count('sts:AssumeRoleWithWebIdentity'), 1);
  t.equal(count('ssm:GetParameters'), 2, 'one for each definition');
  t.equal(shop.kubernetes.calls('POST /api/v1/namespaces/shop/secrets'), 2);
  t.equal(shop.kubernetes.calls(/GET .*\/secrets\//), 2);
  t.equal(shop.kubernetes.calls(/GET .*\/externalsecrets\//), 2);
});

t.test(
  'a Secret that Latchkey made is brought up to date by the first pod of the next revision',
  async (t) => {
    const shop = await startAdoption();
    t.teardown(() => shop.close());
    shop.account('app');
    shop.aws.ssm.put('/db', 'canary-1', { region: REGION });
    shop.kes('db');
    const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
    await shop.review(userOf({ owner, hash: 'aaaa' }));
    const uid = shop.kubernetes.secrets('shop')[0]?.metadata.uid;
    shop.aws.ssm.put('/db', 'canary-2', { region: REGION });

    await shop.review(userOf({ owner, hash: 'aaaa' }));
    const sameRevision = shop.data('db');
    await shop.review(userOf({ owner, hash: 'bbbb' }));
    const nextRevision = shop.data('db');
    shop.kubernetes.resetCalls();
    await shop.review(userOf({ owner, hash: 'cccc' }));

    t.strictSame(sameRevision, { password: 'canary-1' });
    t.strictSame(nextRevision, { password: 'canary-2' });
    t.equal(shop.kubernetes.secrets('shop')[0]?.metadata.uid, uid, 'the same object');
    t.equal(shop.kubernetes.calls('PUT'), 0, 'nothing is written where nothing differs');
  },
);

t.test('a changed definition counts for the next revision, also for keys that are gone', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  shop.kes('db', {
    data: [
      { key: '/db', name: 'old' },
      { key: '/db', name: 'password' },
    ],
  });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));

  shop.kes('db', { template: { metadata: { labels: { team: 'shop' } } } });
  const answer = await shop.review(userOf({ owner, hash: 'bbbb' }));

  // The definition was put anew, so this is another object, and the Secret is the earlier one's.
  t.strictSame(codes(answer), ['LK-KUBERNETES']);
  t.match(answer.status?.message, /belongs to an earlier ExternalSecret\.kubernetes-client\.io "db"/);
});

t.test('a definition that is changed in place changes its Secret', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  const { metadata } = shop.kes('db', {
    data: [
      { key: '/db', name: 'old' },
      { key: '/db', name: 'password' },
    ],
  });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));

  shop.kes('db', { template: { metadata: { labels: { team: 'shop' } } } }, metadata.uid);
  const answer = await shop.review(userOf({ owner, hash: 'bbbb' }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary' });
  t.match(shop.kubernetes.secrets('shop')[0]?.metadata.labels, {
    team: 'shop',
    'latchkey.dev/adopted': 'kes',
  });
});

t.test('a write in between is looked at anew, and what another made meanwhile is used', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary-1', { region: REGION });
  const definition = shop.kes('db');
  shop.kubernetes.before('POST /api/v1/namespaces/shop/secrets', () => {
    const { uid } = definition.metadata;
    const owner = {
      apiVersion: 'kubernetes-client.io/v1',
      kind: 'ExternalSecret',
      name: 'db',
      uid,
      controller: true,
    };
    foreignSecret(shop, 'db', { ownerReferences: [owner] });
  });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'foreign' }, 'the other controller was quicker');
});

t.test('an update that meets another one is tried again with what is there then', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary-1', { region: REGION });
  shop.kes('db');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));
  shop.aws.ssm.put('/db', 'canary-2', { region: REGION });
  shop.kubernetes.before('PUT /api/v1/namespaces/shop/secrets/db', () => {
    const secret = shop.kubernetes.secrets('shop')[0];
    Object.assign(secret?.metadata ?? {}, { resourceVersion: '999999' });
  });

  const answer = await shop.review(userOf({ owner, hash: 'bbbb' }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary-2' });
  t.equal(shop.kubernetes.calls('PUT'), 2);
});

t.test('a type that changes is refused with the way out', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  const { metadata } = shop.kes('db');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));

  shop.kes('db', { type: 'kubernetes.io/basic-auth' }, metadata.uid);
  const answer = await shop.review(userOf({ owner, hash: 'bbbb' }));

  t.strictSame(codes(answer), ['LK-DEFINITION']);
  t.match(answer.status?.message, /kubectl -n shop delete secret db/);
});

t.test('a dry run decides the same and writes nothing', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app', { role: { allow: [{ actions: ['ssm:*'], resources: ['/db', '/nothing'] }] } });
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  shop.aws.ssm.put('/denied', 'canary', { region: REGION });
  for (const name of ['db', 'denied', 'nothing']) shop.kes(name);
  shop.kes('not-json', { data: [{ key: '/db', name: 'a', property: 'x' }] });
  const dryRun = { dryRun: true };

  const fine = await shop.review(userOf(), dryRun);
  const denied = await shop.review(userOf({ secrets: ['denied'] }), dryRun);
  const nothing = await shop.review(userOf({ secrets: ['nothing'] }), dryRun);
  const noDefinition = await shop.review(userOf({ secrets: ['gone'] }), dryRun);
  const ofValue = await shop.review(userOf({ secrets: ['not-json'] }), dryRun);
  const real = await shop.review(userOf({ secrets: ['not-json'] }));

  t.equal(fine.allowed, true, fine.status?.message ?? '');
  t.strictSame(codes(denied), ['LK-DENIED']);
  t.strictSame(codes(nothing), ['LK-NOT-FOUND']);
  t.strictSame(codes(noDefinition), ['LK-NO-DEFINITION']);
  t.equal(ofValue.allowed, true, 'nothing that hangs on a value is told');
  t.strictSame(codes(real), ['LK-NOT-JSON']);
  t.strictSame(shop.kubernetes.secrets('shop'), []);
});

t.test('a dry run with --dry-run-offline does not ask AWS', async (t) => {
  const shop = await startAdoption({ flags: ['--dry-run-offline'] });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.kes('db');

  const answer = await shop.review(userOf(), { dryRun: true });

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.aws.calls, []);
});

t.test("names that nothing can have, and managed Secrets, are nobody's business here", async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  const managed = `latchkey-app-${'0'.repeat(64)}`;

  const answer = await shop.review(userOf({ secrets: ['../../kube-system/secrets/x', 'UPPER', managed] }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.notOk(shop.kubernetes.requests.some((request) => /\/secrets(?:\/|$)/.test(request)));
});

t.test('a pod with more Secrets than people write is refused before anything is asked', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');

  const answer = await shop.review(
    userOf({ secrets: Array.from({ length: 129 }, (_, n) => `s${String(n)}`) }),
  );

  t.strictSame(codes(answer), ['LK-LIMIT']);
  t.equal(shop.kubernetes.calls(/\/secrets\//), 0);
});
