// What AWS says at `kubectl apply`: warnings, or with `enforce` a refusal on a definite no. Never a value, never more.

import t from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation, type Installation } from '../support/installation.ts';
import { deploymentOf, templateOf, workloadOf } from '../support/workloads.ts';

async function shopWith(options: Parameters<typeof startInstallation>[0] = {}): Promise<Installation> {
  const shop = await startInstallation(options);
  shop.account('app');
  shop.aws.ssm.put('/there', 'canary', { region: REGION });
  return shop;
}

function asking(reference: string, preflight?: string) {
  return deploymentOf({
    'latchkey.dev/env.A': 'ssm:/there',
    'latchkey.dev/env.B': reference,
    ...(preflight === undefined ? {} : { 'latchkey.dev/preflight': preflight }),
  });
}

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

t.test('what is not there is a warning, with enforce a refusal, with off not asked', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const pod = await shop.review(podOf({ annotations: { 'latchkey.dev/env.B': 'ssm:/gone' } }));
  const words = pod.status?.message?.replace(/ It recovers by itself when the cause is gone\.$/, '') ?? '';

  const unsaid = await shop.reviewWorkload(asking('ssm:/gone'));
  const warned = await shop.reviewWorkload(asking('ssm:/gone', 'warn'));
  const enforced = await shop.reviewWorkload(asking('ssm:/gone', 'enforce'));
  const good = await shop.reviewWorkload(asking('ssm:/there', 'enforce'));
  const calls = shop.aws.count();
  const off = await shop.reviewWorkload(asking('ssm:/gone', 'off'));

  t.match(words, /LK-NOT-FOUND/);
  for (const answer of [unsaid, warned]) {
    t.equal(answer.allowed, true);
    t.same(answer.warnings, [pod.status?.message], 'the words of the pod');
  }
  t.equal(enforced.allowed, false);
  t.equal(enforced.status?.message, words, 'who applies it must try again himself');
  t.match(enforced.status?.details?.causes, [
    { field: 'spec.template.metadata.annotations[latchkey.dev/env.B]' },
  ]);
  t.equal(good.allowed, true, good.status?.message ?? '');
  t.same(good.warnings ?? [], []);
  t.equal(off.allowed, true);
  t.same(off.warnings ?? [], []);
  t.equal(shop.aws.count(), calls, 'off asks nothing');
  t.equal(shop.kubernetes.secrets('shop').length, 0);
  t.equal(shop.kubernetes.events('shop').length, 0);
  t.notMatch(await shop.written(), /canary/);
});

t.test("it is the workload's service account that asks, and each answer is told apart", async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  shop.account('poor', { role: { allow: [] } });
  shop.kubernetes.addServiceAccount('shop', 'no-role');
  const deployment = (serviceAccount: string, preflight: string) =>
    workloadOf(
      'Job',
      templateOf({
        serviceAccount,
        annotations: { 'latchkey.dev/env.A': 'ssm:/there', 'latchkey.dev/preflight': preflight },
      }),
    );
  const accounts = { poor: /LK-DENIED/, 'no-role': /LK-NO-ROLE/ };

  for (const [name, code] of Object.entries(accounts)) {
    const warned = await shop.reviewWorkload(deployment(name, 'warn'));
    const enforced = await shop.reviewWorkload(deployment(name, 'enforce'));
    const off = await shop.reviewWorkload(deployment(name, 'off'));

    t.equal(warned.allowed, true, name);
    t.match(warned.warnings, [code]);
    t.equal(warned.warnings?.length, 1);
    t.match(warned.warnings, [/\.$/], 'whole, with its remedy');
    t.equal(enforced.allowed, false, name);
    t.match(codes(enforced), [code]);
    t.equal(off.allowed, true, name);
    t.same(off.warnings ?? [], []);
  }
  t.ok(shop.aws.calls.some(({ roleArn }) => roleArn?.endsWith(':role/poor')));
  t.notMatch(await shop.written(), /canary/);
});

t.test(
  'a service account that is not there yet is a warning, even with enforce; the rest is checked',
  async (t) => {
    const shop = await shopWith();
    t.teardown(() => shop.close());
    for (const delivery of ['secret', 'memory']) {
      const deployment = (annotations: Readonly<Record<string, string>>) =>
        workloadOf(
          'Deployment',
          templateOf({
            serviceAccount: 'later',
            annotations: {
              'latchkey.dev/preflight': 'enforce',
              'latchkey.dev/delivery': delivery,
              ...annotations,
            },
          }),
        );

      const good = await shop.reviewWorkload(deployment({ 'latchkey.dev/file.a': 'ssm:/there' }));
      const wrong = await shop.reviewWorkload(deployment({ 'latchkey.dev/file.a': 'ssm:' }));

      t.equal(good.allowed, true, good.status?.message ?? '');
      t.match(good.warnings, [/service account "later" does not exist .*LK-NO-SERVICE-ACCOUNT/]);
      t.same(codes(wrong), ['LK-SYNTAX']);
    }
  },
);

t.test('whether a property is there is not told: that would be a question about the value', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  shop.aws.secrets.put('db', '{"password":"canary"}', { region: REGION });

  for (const reference of [
    'secretsmanager:db#password',
    'secretsmanager:db#guess',
    'ssm:/there?decode=base64',
  ]) {
    const answer = await shop.reviewWorkload(asking(reference, 'enforce'));
    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.same(answer.warnings ?? [], [], reference);
  }
  t.notMatch(await shop.written(), /canary/);
});

t.test('memory asks AWS nothing, and needs no role', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  shop.kubernetes.addServiceAccount('shop', 'no-role');
  const annotations = {
    'latchkey.dev/file.a': 'ssm:/gone',
    'latchkey.dev/delivery': 'memory',
    'latchkey.dev/preflight': 'enforce',
  };

  const answer = await shop.reviewWorkload(
    workloadOf('DaemonSet', templateOf({ annotations, serviceAccount: 'no-role' })),
  );

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.same(answer.warnings ?? [], []);
  t.equal(shop.aws.count(), 0);
});

t.test('a dry run decides the same, and asks nothing with --dry-run-offline', async (t) => {
  const asks = await shopWith();
  const offline = await shopWith({ flags: ['--dry-run-offline'] });
  t.teardown(() => Promise.all([asks.close(), offline.close()]));
  const gone = asking('ssm:/gone', 'enforce');
  const wrong = asking('ssm:', 'enforce');

  const online = await asks.reviewWorkload(gone, { dryRun: true });
  const unasked = await offline.reviewWorkload(gone, { dryRun: true });
  const calls = offline.aws.count();
  const syntax = await offline.reviewWorkload(wrong, { dryRun: true });
  const real = await offline.reviewWorkload(gone);

  t.same(codes(online), ['LK-NOT-FOUND']);
  t.equal(unasked.allowed, true);
  t.equal(calls, 0);
  t.same(codes(syntax), ['LK-SYNTAX']);
  t.same(codes(real), ['LK-NOT-FOUND']);
});

t.test('put-parameter, then apply: the answer is never older than the question', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const deployment = asking('ssm:/soon', 'enforce');

  const before = await shop.reviewWorkload(deployment);
  shop.aws.ssm.put('/soon', 'canary', { region: REGION });
  const after = await shop.reviewWorkload(deployment);

  t.same(codes(before), ['LK-NOT-FOUND']);
  t.equal(after.allowed, true, after.status?.message ?? '');
});

for (const [kind, code] of [
  ['hang', /within the time that this request has \[LK-TIMEOUT\]/],
  ['throttle', /LK-THROTTLED/],
  ['server-error', /LK-AWS-AWAY/],
  ['close', /LK-AWS-AWAY/],
] as const) {
  t.test(
    `AWS that gives no definite answer (${kind}) only warns, once, whatever preflight says`,
    async (t) => {
      const shop = await shopWith();
      t.teardown(() => shop.close());
      shop.aws.fault({}, { kind });

      const answer = await shop.reviewWorkload(asking('ssm:/gone', 'enforce'));

      t.equal(answer.allowed, true, answer.status?.message ?? '');
      t.equal(answer.warnings?.length, 1);
      t.match(answer.warnings, [/^latchkey: preflight of 2 references: /]);
      t.match(answer.warnings, [code]);
      t.notMatch(await shop.written(), /canary/);
    },
  );
}

t.test('a definite no beside silence still refuses with enforce', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  shop.aws.fault({ action: 'secretsmanager:*' }, { kind: 'server-error' });

  const answer = await shop.reviewWorkload(
    deploymentOf({
      'latchkey.dev/env.A': 'ssm:/gone',
      'latchkey.dev/env.B': 'secretsmanager:b',
      'latchkey.dev/preflight': 'enforce',
    }),
  );

  t.same(codes(answer), ['LK-NOT-FOUND']);
  t.match(answer.warnings, [/preflight of one reference: .*LK-AWS-AWAY/]);
});

t.test('a registration with a short timeout gets warnings, and no refusal for want of time', async (t) => {
  const shop = await shopWith({ timeout: '1s' });
  t.teardown(() => shop.close());

  shop.aws.fault({}, { kind: 'hang' });
  const aws = await shop.reviewWorkload(asking('ssm:/there', 'enforce'));
  shop.kubernetes.fault('GET /api/v1/namespaces/shop', { kind: 'hang' });
  const kubernetes = await shop.reviewWorkload(asking('ssm:/there', 'enforce'));

  t.equal(aws.allowed, true, aws.status?.message ?? '');
  t.match(aws.warnings, [/LK-TIMEOUT/]);
  t.equal(kubernetes.allowed, true, kubernetes.status?.message ?? '');
  t.match(kubernetes.warnings, [/the workload was not checked: that was not finished within \d/]);
});

t.test('an API server that does not answer us is a warning', async (t) => {
  for (const path of ['GET /api/v1/namespaces/shop', 'serviceaccounts/app', '/token']) {
    const shop = await shopWith();
    shop.kubernetes.fault(path, { kind: 'answer', status: 500, body: '{"message":"canary"}' } as never);

    const answer = await shop.reviewWorkload(asking('ssm:/there', 'enforce'));

    t.equal(answer.allowed, true, path);
    t.match(answer.warnings, [/LK-KUBERNETES/], path);
    t.equal(answer.warnings?.length, 1, path);
    t.notMatch(await shop.written(), /canary/);
    await shop.close();
  }
});
