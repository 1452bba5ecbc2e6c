// CSI volumes of pods through the whole server, and what the container that fills them writes.

import t, { type Test } from 'tap';

import { applied, type AdmissionAnswer, type Raw } from '../support/admission-client.ts';
import { REGION, startAdoption, type AdoptionInstallation } from '../support/adoption.ts';
import { eventually } from '../support/eventually.ts';
import { fillVolumes, type Filled } from '../support/filled-volumes.ts';
import { podOf, type InstallationOptions, type PodOptions } from '../support/installation.ts';
import { SECRET_PROVIDER_CLASS } from '../support/kubernetes-double-custom.ts';
import { granted, startPodIdentityAgent } from '../support/pod-identity-agent.ts';

const OTHER_REGION = 'eu-west-1';

interface Shop extends AdoptionInstallation {
  provide(name: string, objects: string, rest?: { readonly parameters?: Raw; readonly spec?: Raw }): void;
  /** Runs what fills the volumes of an admitted pod. */
  fill(pod: Raw, agent?: string): Promise<Filled>;
}

async function shopWith(t: Test, options: InstallationOptions = {}): Promise<Shop> {
  const shop = await startAdoption(options);
  t.teardown(() => shop.close());
  shop.account('app');
  const { kubernetes } = shop;
  return {
    ...shop,
    provide(name, objects, { parameters = {}, spec = {} } = {}) {
      const rest = { spec: { provider: 'aws', parameters: { objects, ...parameters }, ...spec } };
      kubernetes.custom.put(SECRET_PROVIDER_CLASS, { namespace: 'shop', name }, { rest });
    },
    fill(pod, agent) {
      const account = kubernetes.get('ServiceAccount', 'shop', 'app');
      const { token } = kubernetes.tokens.issue({
        namespace: 'shop',
        serviceAccount: 'app',
        uid: account?.metadata.uid ?? '',
        audience: 'sts.amazonaws.com',
        expirationSeconds: 3600,
      });
      return fillVolumes(pod, { token, ...(agent === undefined ? {} : { agent }) });
    },
  };
}

function volumeOf(className: string, name = 'secrets-store-inline'): Raw {
  const volumeAttributes = { secretProviderClass: className };
  return { name, csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes } };
}

/** A pod with volumes of these classes, named as they are. */
function mounting(classes: readonly string[], options: PodOptions = {}): Raw {
  const volumeMounts = classes.map((name) => ({ name, mountPath: `/mnt/${name}`, readOnly: true }));
  const spec = {
    serviceAccountName: 'app',
    volumes: classes.map((name) => volumeOf(name, name)),
    containers: [{ name: 'app', image: 'example.com/app:1', volumeMounts }],
  };
  return podOf({ ...options, spec: { ...spec, ...options.spec } });
}

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

function shown({ files }: Filled): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, { bytes, mode }]) => [
      path,
      `${mode.toString(8).padStart(4, '0')} ${bytes.toString('utf8')}`,
    ]),
  );
}

const DB = '- { objectName: shop/db, objectType: secretsmanager, objectAlias: db }';

t.test('a volume is filled as its class says, and the webhook asks AWS nothing', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', '{"user":"canary-user","port":5432}', { region: REGION });
  shop.aws.secrets.put('shop/bytes', Buffer.from([0, 255, 1]), { region: REGION });
  shop.aws.ssm.put('/shop/a', 'canary-old', { region: REGION });
  shop.aws.ssm.put('/shop/a', 'canary-a', { region: REGION });
  shop.provide(
    'shop',
    `
- objectName: shop/db
  objectType: secretsmanager
  filePermission: "0444"
  jmesPath:
    - { path: user, objectAlias: db/user, filePermission: "0600" }
    - { path: port, objectAlias: db/port }
- { objectName: shop/bytes, objectType: secretsmanager, objectAlias: bytes }
- { objectName: /shop/a, objectType: ssmparameter }
- { objectName: /shop/a, objectType: ssmparameter, objectVersion: "1", objectAlias: before }
`,
  );
  const pod = mounting(['shop']);

  const answer = await shop.review(pod);
  const dry = await shop.review(pod, { dryRun: true });
  const admitted = applied(pod, answer);
  const second = await shop.review(admitted);
  const asked = shop.aws.count();
  const filled = await shop.fill(admitted);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(dry.patch, answer.patch);
  t.strictSame(second.patch ?? [], []);
  t.equal(asked, 0);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
  t.equal(filled.code, 0, filled.stderr);
  t.strictSame(shown(filled), {
    'shop/_shop_a': '0644 canary-a',
    'shop/before': '0644 canary-old',
    'shop/bytes': `0644 ${Buffer.from([0, 255, 1]).toString('utf8')}`,
    'shop/db_port': '0444 5432',
    'shop/db_user': '0600 canary-user',
    'shop/shop_db': '0444 {"user":"canary-user","port":5432}',
  });
  t.strictSame(filled.files['shop/bytes']?.bytes, Buffer.from([0, 255, 1]));
  t.notMatch(`${filled.stderr}${filled.terminationMessage}${await shop.written()}`, /canary/);
});

t.test('several volumes of one pod are filled together or not at all', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
  shop.provide('one', DB);
  shop.provide('two', '- { objectName: /none, objectType: ssmparameter }', {});
  const pod = mounting(['one', 'two']);

  const admitted = applied(pod, await shop.review(pod));
  const before = await shop.fill(admitted);
  shop.aws.ssm.put('/none', 'canary-2', { region: REGION });
  const after = await shop.fill(admitted);

  t.equal(before.code, 1);
  t.match(before.terminationMessage, /SecretProviderClass "two".*\/none.*LK-NOT-FOUND/);
  t.strictSame(before.files, {});
  t.strictSame(shown(after), { 'one/db': '0644 canary', 'two/_none': '0644 canary-2' });
});

t.test('the second region is asked when the first is away, by the name that it has there', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/db', 'canary-same', { region: OTHER_REGION });
  shop.aws.secrets.put('replica/key', 'canary-replica', { region: OTHER_REGION });
  const objects = `${DB}
- objectName: shop/key
  objectType: secretsmanager
  objectAlias: key
  failoverObject: { objectName: replica/key }
`;
  shop.provide('shop', objects, { parameters: { failoverRegion: OTHER_REGION } });
  const pod = mounting(['shop']);
  shop.aws.fault({ action: 'secretsmanager:GetSecretValue', region: REGION }, { kind: 'server-error' });

  const filled = await shop.fill(applied(pod, await shop.review(pod)));

  t.equal(filled.code, 0, filled.stderr);
  t.strictSame(shown(filled), { 'shop/db': '0644 canary-same', 'shop/key': '0644 canary-replica' });
});

t.test('JSON that is none, and an expression that finds nothing, are told without a value', async (t) => {
  const shop = await shopWith(t);
  shop.aws.secrets.put('shop/text', 'canary-no-json', { region: REGION });
  shop.aws.secrets.put('shop/db', '{"user":"canary","n":null}', { region: REGION });
  shop.provide(
    'shop',
    `
- { objectName: shop/text, objectType: secretsmanager, jmesPath: [{ path: a, objectAlias: a }] }
- { objectName: shop/db, objectType: secretsmanager, jmesPath: [{ path: n, objectAlias: n }, { path: abs(user), objectAlias: u }] }
`,
  );
  const pod = mounting(['shop']);

  const filled = await shop.fill(applied(pod, await shop.review(pod)));

  t.equal(filled.code, 1);
  t.match(filled.terminationMessage, 'objects[0].jmesPath[0]: shop/text:');
  t.match(filled.terminationMessage, '[LK-NOT-JSON]');
  t.match(filled.terminationMessage, '[LK-PROPERTY]');
  t.strictSame(filled.files, {});
  t.notMatch(`${filled.stderr}${filled.terminationMessage}`, /canary/);
});

t.test(
  'with usePodIdentity the EKS Pod Identity reads, though there is a role; without it, never',
  async (t) => {
    const shop = await shopWith(t);
    shop.aws.role('arn:aws:iam::111122223333:role/associated', { trust: [] });
    shop.aws.secrets.put('shop/db', 'canary', { region: REGION });
    const answer = granted(shop.aws.credentials('arn:aws:iam::111122223333:role/associated'));
    const agent = await startPodIdentityAgent(() => answer);
    t.teardown(() => agent.close());
    shop.provide('associated', DB, { parameters: { usePodIdentity: 'true' } });
    shop.provide('role', DB);
    const [associated, role] = [mounting(['associated']), mounting(['role'])];

    const first = await shop.fill(applied(associated, await shop.review(associated)), agent.uri);
    const ofFirst = shop.aws.calls.map(({ roleArn }) => roleArn);
    shop.aws.forgetCalls();
    const second = await shop.fill(applied(role, await shop.review(role)), agent.uri);

    t.equal(first.code, 0, first.stderr);
    t.strictSame(ofFirst, ['arn:aws:iam::111122223333:role/associated']);
    t.equal(second.code, 0, second.stderr);
    t.strictSame(shop.aws.calls.at(-1)?.roleArn, 'arn:aws:iam::111122223333:role/app');
    t.equal(agent.tokens.length, 1);
  },
);

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
