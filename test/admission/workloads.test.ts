// A workload is told at `kubectl apply` what its pods would be refused for, in the same words.

import t from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation, type Installation } from '../support/installation.ts';
import {
  deploymentOf,
  templateOf,
  templatePath,
  WORKLOAD_KINDS,
  workloadOf,
  type WorkloadKind,
} from '../support/workloads.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

async function shopWith(options: Parameters<typeof startInstallation>[0] = {}): Promise<Installation> {
  const shop = await startInstallation(options);
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  return shop;
}

t.test(
  'every kind is read: a good one is allowed in silence, a wrong one refused where it is wrong',
  async (t) => {
    const shop = await shopWith();
    t.teardown(() => shop.close());

    for (const kind of WORKLOAD_KINDS) {
      const good = await shop.reviewWorkload(
        workloadOf(kind, templateOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } })),
      );
      const wrong = await shop.reviewWorkload(
        workloadOf(kind, templateOf({ annotations: { 'latchkey.dev/enw.A': 'ssm:/a' } })),
      );

      t.same(
        { ...good, auditAnnotations: undefined, uid: '' },
        { uid: '', allowed: true, auditAnnotations: undefined },
        kind,
      );
      t.equal(good.auditAnnotations?.['delivery'], 'secret', kind);
      t.equal(wrong.allowed, false, kind);
      t.match(wrong.status?.details?.causes, [
        { reason: 'LK-UNKNOWN', field: `${templatePath(kind)}.metadata.annotations[latchkey.dev/enw.A]` },
      ]);
    }
    t.equal(shop.kubernetes.secrets('shop').length, 0, 'nothing is created');
    t.equal(shop.kubernetes.events('shop').length, 0, 'nobody is told anything but who applies it');
    t.notMatch(await shop.written(), /canary/);
  },
);

t.test("a refusal has the words of the pod's own", async (t) => {
  const policy = `{ version: 1, rules: [{ namespaces: { names: ['*'] }, names: ['ssm:/a', 'ssm:/b/**'] }] }`;
  const shop = await shopWith({ policy });
  t.teardown(() => shop.close());
  shop.kubernetes.addNode('old', { kubeletVersion: 'v1.34.9' });
  const clash = { containers: [{ name: 'app', image: 'a:1', env: [{ name: 'A', value: 'x' }] }] };
  const inPlace = { containers: [{ name: 'app', env: [{ name: 'B', value: 'latchkey:ssm:' }] }] };
  const large = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`latchkey.dev/file.f${n}.${'x'.repeat(40)}`, 'ssm:/a'] as const),
  );
  const cases: readonly (readonly [string, Parameters<typeof templateOf>[0]])[] = [
    ['LK-SYNTAX', { annotations: { 'latchkey.dev/env.A': 'ssm:' } }],
    ['LK-SYNTAX', { spec: inPlace }],
    ['LK-UNKNOWN', { annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/refersh': '5m' } }],
    ['LK-UNKNOWN', { annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/preflight': 'of' } }],
    ['LK-NO-REFERENCE', { annotations: { 'latchkey.dev/env.A': '' } }],
    ['LK-NAME', { annotations: { 'latchkey.dev/env.1X': 'ssm:/a' } }],
    ['LK-CONFLICT', { annotations: { 'latchkey.dev/env.A': 'ssm:/a' }, spec: clash }],
    ['LK-CONTAINER', { annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/containers': 'ap' } }],
    ['LK-POLICY', { annotations: { 'latchkey.dev/env.A': 'ssm:/other' } }],
    [
      'LK-PLAINTEXT',
      { annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/delivery': 'plaintext' } },
    ],
    ['LK-FEATURE', { annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/delivery': 'memory' } }],
    ['LK-LATER', { annotations: { ...large, 'latchkey.dev/refresh': '5m' } }],
    ['LK-NAME', { annotations: { 'latchkey.dev/env.A': 'ssm:/a' }, serviceAccount: '../x' }],
  ];

  for (const [code, options = {}] of cases) {
    const { annotations, serviceAccount, spec } = options;
    const pod = await shop.review(
      podOf({
        annotations: annotations as Record<string, string>,
        ...(serviceAccount === undefined ? {} : { serviceAccount }),
        ...(spec === undefined ? {} : { spec }),
      }),
    );
    const workload = await shop.reviewWorkload(workloadOf('StatefulSet', templateOf(options)));

    t.same(codes(workload), [code]);
    t.equal(workload.allowed, false, code);
    t.equal(workload.status?.message, pod.status?.message, code);
    t.same(
      workload.status?.details?.causes?.map(({ field }) => field),
      pod.status?.details?.causes?.map(({ field }) => `spec.template.${field}`),
    );
  }
  t.equal(shop.aws.count(), 0, 'and AWS is not asked about what is wrong anyhow');
});

t.test('all problems are reported together', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const annotations = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`latchkey.dev/env.V${n}`, 'nowhere:/a'] as const),
  );

  const answer = await shop.reviewWorkload(deploymentOf(annotations));

  t.equal(answer.status?.details?.causes?.length, 30);
  t.match(answer.status?.message, /And \d+ more\.$/);
});

t.test(
  'annotations of the namespace count: defaults, prefix, permits, and injection that is disabled',
  async (t) => {
    const shop = await shopWith();
    t.teardown(() => shop.close());
    shop.aws.ssm.put('/x/a', 'canary', { region: REGION });
    const relative = deploymentOf({ 'latchkey.dev/env.A': 'ssm:./a' });
    shop.kubernetes.addNamespace('shop', { annotations: { 'latchkey.dev/prefix': '/x' } });

    const prefixed = await shop.reviewWorkload(relative);
    shop.kubernetes.addNamespace('shop', { annotations: { 'latchkey.dev/permitted-names': 'ssm:/b' } });
    const narrowed = await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env.A': 'ssm:/a' }));
    shop.kubernetes.addNamespace('shop', { annotations: {} });
    const without = await shop.reviewWorkload(relative);
    shop.kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/injection': 'disabled' } });
    const disabled = await shop.reviewWorkload(relative);
    const misplaced = await shop.reviewWorkload(
      workloadOf('Deployment', templateOf(), { annotations: { 'latchkey.dev/env.A': 'ssm:/a' } }),
    );

    t.equal(prefixed.allowed, true, prefixed.status?.message ?? '');
    t.same(codes(narrowed), ['LK-POLICY']);
    t.equal(without.allowed, false);
    t.equal(disabled.allowed, true);
    t.equal(misplaced.allowed, true);
  },
);

t.test('the own role of the webhook needs a policy for the namespace, here too', async (t) => {
  const shop = await startInstallation({
    flags: ['--identity', 'controller'],
    ownRole: 'arn:aws:iam::111122223333:role/latchkey',
    policy: `{ version: 1, rules: [{ namespaces: { names: ['other'] }, names: ['**'], roles: ['**'] }] }`,
  });
  t.teardown(() => shop.close());
  shop.kubernetes.addServiceAccount('shop', 'app');

  const answer = await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env.A': 'ssm:/a' }));

  t.same(codes(answer), ['LK-POLICY']);
});

t.test('annotations that stand on the workload alone are refused: nothing would be injected', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const strays = {
    'latchkey.dev/env.A': 'ssm:/a',
    'latchkey.dev/env.B\u001b': 'ssm:/b',
    'example.com/x': 'y',
  };
  const places: Readonly<Record<WorkloadKind, string>> = Object.fromEntries(
    WORKLOAD_KINDS.map((kind) => [kind, templatePath(kind)]),
  ) as Record<WorkloadKind, string>;

  for (const kind of WORKLOAD_KINDS) {
    const answer = await shop.reviewWorkload(workloadOf(kind, templateOf(), { annotations: strays }));

    t.equal(answer.allowed, false, kind);
    t.match(answer.status?.details?.causes, [
      { reason: 'LK-UNKNOWN', field: 'metadata.annotations[latchkey.dev/env.A]' },
      { reason: 'LK-UNKNOWN', field: 'metadata.annotations[latchkey.dev/env.B\\u{1b}]' },
    ]);
    t.match(
      answer.status?.message,
      `annotation latchkey.dev/env.A: this stands on the ${kind}, from where it reaches no pod [LK-UNKNOWN]. Move it to ${places[kind]}.metadata.annotations.`,
    );
  }
  const cronJob = workloadOf('CronJob', templateOf());
  const { jobTemplate } = cronJob['spec'] as { jobTemplate: Record<string, unknown> };
  jobTemplate['metadata'] = { annotations: { 'latchkey.dev/env.A': 'ssm:/a' } };
  const between = await shop.reviewWorkload(cronJob);
  t.match(between.status?.details?.causes, [
    { field: 'spec.jobTemplate.metadata.annotations[latchkey.dev/env.A]' },
  ]);
  t.equal(shop.aws.count(), 0);
});

t.test('annotations on both are fine if they are the same, and a warning if not', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const annotations = { 'latchkey.dev/env.A': 'ssm:/a' };

  const same = await shop.reviewWorkload(deploymentOf(annotations, { annotations }));
  const more = await shop.reviewWorkload(
    deploymentOf(annotations, { annotations: { ...annotations, 'latchkey.dev/env.B': 'ssm:/b' } }),
  );
  const optOut = await shop.reviewWorkload(
    workloadOf('Deployment', templateOf(), { annotations: { 'latchkey.dev/injection': 'disabled' } }),
  );

  t.same(same.warnings ?? [], []);
  t.equal(more.allowed, true);
  t.match(more.warnings, [/annotation latchkey\.dev\/env\.B: this stands on the Deployment/]);
  t.equal(more.warnings?.length, 1);
  t.equal(optOut.allowed, true, 'nothing is injected, as it says');
});

t.test('warnings of a delivery, which a ReplicaSet would keep to itself, reach who applies it', async (t) => {
  const shop = await shopWith({ flags: ['--allow-plaintext', '--caller-auth', 'network'] });
  t.teardown(() => shop.close());
  shop.aws.secrets.put('all', '{"X":"canary-x"}', { region: REGION });

  const plaintext = await shop.reviewWorkload(
    deploymentOf({ 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/delivery': 'plaintext' }),
  );
  const bulk = await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env-from': 'secretsmanager:all' }));

  t.equal(plaintext.allowed, true, plaintext.status?.message ?? '');
  t.equal(plaintext.warnings?.length, 1);
  t.equal(plaintext.patch, undefined, 'a validating webhook patches nothing');
  t.equal(bulk.allowed, true, bulk.status?.message ?? '');
  t.same(bulk.warnings ?? [], [], 'nothing is said of a patch that nobody asked for');
  t.notMatch(await shop.written(), /canary/);
});

t.test('a review is logged and counted, apart from those of pods', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());

  await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env.A': 'ssm:' }));
  await shop.reviewWorkload(deploymentOf({ 'latchkey.dev/env.A': 'ssm:/a' }));
  const written = await shop.written();

  t.match(written, 'latchkey_workload_reviews_total{decision="refuse",delivery="",code="LK-SYNTAX"} 1');
  t.match(written, 'latchkey_workload_reviews_total{decision="allow",delivery="secret",code=""} 1');
  t.notMatch(written, /^latchkey_admissions_total\{/m);
  t.match(written, /"kind":"Deployment","namespace":"shop","name":"app".*"decision":"refuse"/);
});
