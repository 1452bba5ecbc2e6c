// CSI volumes of pods through the whole server.

import t from 'tap';

import { applied, type AdmissionAnswer, type Raw } from '../support/admission-client.ts';
import { REGION } from '../support/adoption.ts';
import { codes, DB, mounting, OTHER_REGION, shopWith, volumeOf } from '../support/class-volumes.ts';
import { eventually } from '../support/eventually.ts';
import { podOf } from '../support/installation.ts';

t.test(
  'delivery secret: the webhook reads with the pod’s role, once for all pods of a revision',
  async (t) => {
    const shop = await shopWith(t);
    shop.aws.secrets.put('shop/db', '{"user":"canary"}', { region: REGION });
    shop.provide(
      'shop',
      '- { objectName: shop/db, objectType: secretsmanager, jmesPath: [{ path: user, objectAlias: user, filePermission: "0400" }] }',
    );
    const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
    const annotations = { 'latchkey.dev/delivery': 'secret' };
    const spec = { securityContext: { fsGroup: 1000 } };
    const pod = mounting(['shop'], { owner, annotations, spec });

    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.review(pod)));
    const [answer] = answers;
    const admitted = applied(pod, answer as AdmissionAnswer);
    const second = await shop.review(admitted);

    t.ok(
      answers.every(({ allowed }) => allowed),
      answer?.status?.message ?? '',
    );
    t.strictSame(second.patch ?? [], []);
    const [secret] = shop.kubernetes.secrets('shop');
    t.equal(shop.kubernetes.secrets('shop').length, 1);
    t.match((admitted['spec'] as { volumes: readonly Raw[] }).volumes, [
      {
        name: 'shop',
        secret: {
          secretName: secret?.metadata.name,
          items: [
            { key: 'file.shop_2fshop_5fdb', path: 'shop_db', mode: 0o644 },
            { key: 'file.shop_2fuser', path: 'user', mode: 0o400 },
          ],
        },
      },
    ]);
    t.equal(shop.aws.count('secretsmanager:GetSecretValue'), 1);
    t.equal((admitted['spec'] as Raw)['initContainers'], undefined);
    t.notMatch(await shop.written(), /canary/);
  },
);

t.test(
  'delivery secret: a pod that stands alone has one Secret after both rounds of its review',
  async (t) => {
    const shop = await shopWith(t);
    shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
    shop.aws.ssm.put('/password', 'canary', { region: REGION });
    shop.provide('shop', DB);
    const annotations = { 'latchkey.dev/delivery': 'secret', 'latchkey.dev/env.PASSWORD': 'ssm:/password' };
    const pod = mounting(['shop'], { annotations });

    const admitted = applied(pod, await shop.review(pod));
    const second = await shop.review(admitted);

    t.strictSame(second.patch ?? [], []);
    t.equal(shop.kubernetes.secrets('shop').length, 2, 'one for the annotations, one for the volume');
  },
);

t.test('AWS away: a pod gets the Secret of its siblings for its volumes too', async (t) => {
  const shop = await shopWith(t, { flags: ['--cache-ttl', '0s'] });
  shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
  shop.provide('shop', DB);
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = mounting(['shop'], { owner, annotations: { 'latchkey.dev/delivery': 'secret' } });
  const first = await shop.review(pod);
  shop.kubernetes.addPod('shop', applied(pod, first));
  shop.aws.fault({}, { kind: 'server-error' });

  const away = await shop.review(pod);

  t.equal(away.allowed, true, away.status?.message ?? '');
  t.strictSame(away.patch, first.patch);
  t.match(away.warnings?.join(), 'AWS is away');
});

t.test('a class that is applied a moment after its workload is waited for', async (t) => {
  const shop = await shopWith(t, { flags: ['--adopt-wait', '5s'] });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');

  const review = shop.review(mounting(['shop'], { owner }));
  await eventually(
    () => shop.kubernetes.calls('/secretproviderclasses/shop') > 0,
    'a look at the SecretProviderClass',
  );
  shop.provide('shop', DB);
  const answer = await review;

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.ok(answer.patch);
});

t.test('a class that is missing is named, and told together with what else is wrong', async (t) => {
  const shop = await shopWith(t);
  shop.provide('wrong', '- { objectName: /x, objectType: ssmparameter, objectAlias: ../x }');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:' };

  const missing = await shop.review(mounting(['none']));
  const all = await shop.review(mounting(['none', 'wrong'], { annotations }));
  const unnamed = await shop.review(podOf({ spec: { volumes: [volumeOf('')] } }));

  t.strictSame(codes(missing), ['LK-NO-DEFINITION']);
  t.match(
    missing.status?.message,
    'volume none: SecretProviderClass "none" does not exist in namespace "shop"',
  );
  t.strictSame(codes(all), ['LK-SYNTAX', 'LK-NO-DEFINITION', 'LK-NAME']);
  t.strictSame(codes(unnamed), ['LK-DEFINITION']);
});

t.test('what is not for us is left to the driver: other providers, drivers and namespaces', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addNamespace('other');
  shop.kubernetes.addServiceAccount('other', 'app');
  shop.provide('vault', '- objectName: x', { spec: { provider: 'vault' } });
  shop.provide('shop', DB);
  const other = { name: 'other', csi: { driver: 'csi.example.com' } };

  const vault = await shop.review(mounting(['vault']));
  const both = await shop.review(mounting(['vault', 'shop']));
  const driver = await shop.review(podOf({ spec: { volumes: [other] } }));
  const pod = mounting(['shop']);
  const elsewhere = await shop.review({ ...pod, metadata: { name: 'alone', namespace: 'other' } });
  const disabled = await shop.review(
    mounting(['shop'], { annotations: { 'latchkey.dev/injection': 'disabled' } }),
  );

  for (const answer of [vault, driver, elsewhere, disabled]) {
    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(answer.patch ?? [], []);
  }
  const { volumes } = applied(mounting(['vault', 'shop']), both)['spec'] as { volumes: readonly Raw[] };
  t.match(volumes[0], { name: 'vault', csi: { driver: 'secrets-store.csi.k8s.io' } });
  t.match(volumes[1], { name: 'shop', emptyDir: { medium: 'Memory' } });
});

t.test('a class that has changed counts for the next revision', async (t) => {
  const shop = await shopWith(t);
  shop.provide('shop', DB);
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const first = await shop.review(mounting(['shop'], { owner, hash: 'one' }));
  shop.provide('shop', '- { objectName: shop/other, objectType: secretsmanager, objectAlias: other }');

  const same = await shop.review(mounting(['shop'], { owner, hash: 'one' }));
  const next = await shop.review(mounting(['shop'], { owner, hash: 'two' }));

  t.strictSame(same.patch, first.patch, 'a revision is one thing');
  t.notSame(next.patch, first.patch);
});

t.test('a class is read once for all pods of a revision', async (t) => {
  const shop = await shopWith(t);
  shop.provide('shop', DB);
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = mounting(['shop'], { owner });

  const answers = await Promise.all(Array.from({ length: 50 }, () => shop.review(pod)));

  t.ok(answers.every(({ patch }) => patch !== undefined));
  t.equal(shop.kubernetes.calls('/secretproviderclasses/shop'), 1);
});

t.test('the operator’s policy and the namespace’s narrowing hold for volumes', async (t) => {
  const shop = await shopWith(t);
  shop.kubernetes.addNamespace('shop', {
    labels: { 'latchkey.dev/adoption': 'enabled' },
    annotations: {
      'latchkey.dev/permitted-names': 'secretsmanager:shop/**',
      'latchkey.dev/permitted-deliveries': 'memory',
    },
  });
  shop.provide('allowed', DB);
  shop.provide('denied', '- { objectName: other/db, objectType: secretsmanager, objectAlias: db }');
  shop.provide(
    'elsewhere',
    `- { objectName: shop/db, objectType: secretsmanager, objectAlias: db, failoverObject: { objectName: other/db } }`,
    { parameters: { failoverRegion: OTHER_REGION } },
  );
  const secret = { annotations: { 'latchkey.dev/delivery': 'secret' } };

  const allowed = await shop.review(mounting(['allowed']));
  const denied = await shop.review(mounting(['denied']));
  const elsewhere = await shop.review(mounting(['elsewhere']));
  const delivery = await shop.review(mounting(['allowed'], secret));

  t.equal(allowed.allowed, true, allowed.status?.message ?? '');
  t.strictSame(codes(denied), ['LK-POLICY']);
  t.strictSame(codes(elsewhere), ['LK-POLICY'], 'what is asked elsewhere is asked too');
  t.strictSame(codes(delivery), ['LK-POLICY']);
});

t.test('the same object of two classes is asked elsewhere in one way, or the pod is refused', async (t) => {
  const shop = await shopWith(t);
  const failing = (name: string) =>
    `- { objectName: shop/db, objectType: secretsmanager, objectAlias: db, failoverObject: { objectName: ${name} } }`;
  const parameters = { failoverRegion: OTHER_REGION };
  shop.provide('one', failing('shop/one'), { parameters });
  shop.provide('two', failing('shop/two'), { parameters });
  shop.provide('three', DB);
  shop.provide('four', failing('shop/one'), { parameters });

  const differs = await shop.review(mounting(['one', 'two']));
  const none = await shop.review(mounting(['one', 'three']));
  const same = await shop.review(mounting(['one', 'four']));

  t.strictSame(codes(differs), ['LK-CONFLICT']);
  t.strictSame(codes(none), ['LK-CONFLICT']);
  t.equal(same.allowed, true, same.status?.message ?? '');
});

t.test('a pod with more CSI volumes than pods have is refused without a look at their classes', async (t) => {
  const shop = await shopWith(t, { flags: ['--adopt-wait', '5s'] });
  const classes = (count: number) => Array.from({ length: count }, (_, at) => `c${String(at)}`);
  const longest = (index: number) => `${'c'.repeat(240)}-${String(index)}`;
  const names = Array.from({ length: 100 }, (_, at) => `${'v'.repeat(59)}-${String(at)}`);
  const most = names.map((name, at) => volumeOf(longest(at), name));
  names.forEach((name, at) =>
    shop.provide(longest(at), `- { objectName: ${name}, objectType: secretsmanager }`),
  );

  const refused = await shop.review(mounting(classes(101)));
  const pod = mounting([], { spec: { volumes: most } });
  const filled = await shop.review(pod);
  const { spec, ...rest } = applied(pod, filled) as { spec: { containers: readonly Raw[] } };
  const sidecar = { name: 'late', image: 'late', volumeMounts: [{ name: names[99], mountPath: '/late' }] };
  const again = await shop.review({ ...rest, spec: { ...spec, containers: [...spec.containers, sidecar] } });

  t.strictSame(codes(refused), ['LK-LIMIT']);
  t.equal(shop.kubernetes.calls('/secretproviderclasses/c0'), 0);
  t.equal(filled.allowed, true, filled.status?.message ?? '');
  const path = '/spec/containers/1/volumeMounts/0/readOnly';
  t.strictSame(again.patch, [{ op: 'add', path, value: true }], 'all of them are still known');
});

t.test('classes with more files together than a pod has are refused', async (t) => {
  const shop = await shopWith(t);
  const objects = Array.from(
    { length: 600 },
    (_, at) => `- { objectName: n${String(at)}, objectType: ssmparameter }`,
  );
  shop.provide('one', objects.join('\n'));
  shop.provide('two', objects.join('\n'));

  const answer = await shop.review(mounting(['one', 'two']));

  t.strictSame(codes(answer), ['LK-LIMIT']);
});

t.test('a CSI volume has no name of ours', async (t) => {
  const shop = await shopWith(t);
  shop.provide('shop', DB);
  const volumes = [volumeOf('shop', 'latchkey-files')];

  const answer = await shop.review(mounting([], { spec: { volumes } }));

  t.strictSame(codes(answer), ['LK-RESERVED']);
});

t.test(
  'a workload is told at kubectl apply what its volumes would be refused for, and never refused',
  async (t) => {
    const shop = await shopWith(t);
    shop.provide('wrong', '- { objectName: /x, objectType: ssmparameter, objectAlias: ../x }');
    shop.provide('gone', '- { objectName: /gone, objectType: ssmparameter, objectAlias: gone }');
    const workload = (className: string, annotations: Readonly<Record<string, string>> = {}) => {
      const { metadata, spec } = mounting([className], { annotations }) as { metadata: Raw; spec: Raw };
      const template = { metadata: { annotations: metadata['annotations'] }, spec };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'app', namespace: 'shop' },
        spec: { selector: { matchLabels: { app: 'app' } }, template },
      };
    };
    const secret = { 'latchkey.dev/delivery': 'secret' };

    const missing = await shop.reviewWorkload(workload('none'));
    const wrong = await shop.reviewWorkload(workload('wrong'));
    const gone = await shop.reviewWorkload(workload('gone', secret));
    const off = await shop.reviewWorkload(workload('wrong', { 'latchkey.dev/preflight': 'off' }));

    for (const answer of [missing, wrong, gone, off])
      t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(missing.warnings ?? [], []);
    t.match(wrong.warnings, [/SecretProviderClass "wrong".*LK-NAME/]);
    t.match(gone.warnings, [/\/gone.*LK-NOT-FOUND/]);
    t.strictSame(off.warnings ?? [], []);
    t.equal(shop.kubernetes.secrets('shop').length, 0);
  },
);

t.test(
  'a namespace that permits other roles permits what EKS Pod Identity gives: its role is known to EKS alone',
  async (t) => {
    const shop = await shopWith(t);
    shop.kubernetes.addNamespace('shop', {
      labels: { 'latchkey.dev/adoption': 'enabled' },
      annotations: { 'latchkey.dev/permitted-roles': 'arn:aws:iam::111122223333:role/other' },
    });
    shop.provide('associated', DB, { parameters: { usePodIdentity: 'true' } });
    shop.provide('role', DB);

    const associated = await shop.review(mounting(['associated']));
    const role = await shop.review(mounting(['role']));

    t.equal(associated.allowed, true, associated.status?.message ?? '');
    t.strictSame(codes(role), ['LK-POLICY']);
  },
);
