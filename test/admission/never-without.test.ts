// A pod that asks is never admitted without: everything that looks like asking, and everything that looks like opting out.

import t from 'tap';

import { applied, type AdmissionAnswer, type Raw } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { secretNames } from '../support/stored.ts';

const shop = await startInstallation();
t.teardown(() => shop.close());
shop.account('app');
shop.aws.ssm.put('/a', 'canary', { region: REGION });
shop.aws.secrets.put('empty', '{}', { region: REGION });

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

function asking(wishes: Readonly<Record<string, string>>, more: { readonly spec?: Raw } = {}): Raw {
  const annotations = Object.entries(wishes).map(
    ([key, wish]) => [key.includes('/') ? key : `latchkey.dev/${key}`, wish] as const,
  );
  return podOf({ annotations: Object.fromEntries(annotations), ...more });
}

function withValue(value: string, container = 'app'): Raw {
  return podOf({ spec: { containers: [{ name: container, image: 'x', env: [{ name: 'X', value }] }] } });
}

t.test('annotations that substitution or a slip of the pen left behind are refused', async (t) => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ...['', ' ', '\n', '# A: ssm:/a', '{}', '[]', 'null', '~', '---\n', '- A', '"": ssm:/a'].map(
      (env) => ['LK-SYNTAX', { env }] as const,
    ),
    ...['A:', 'A: ""', '? A', 'A: ~'].map((env) => ['LK-NO-REFERENCE', { env }] as const),
    ...['', ' ', '\n\n'].map((text) => ['LK-NO-REFERENCE', { 'env-from': text }] as const),
    ...['', ' '].map((text) => ['LK-NO-REFERENCE', { 'files-from': text }] as const),
    ['LK-SYNTAX', { files: '' }],
    ['LK-NO-REFERENCE', { 'env.A': '' }],
    ['LK-NO-REFERENCE', { 'file.A': ' \n' }],
    ['LK-CONFLICT', { env: 'A: ssm:/a\nA: ssm:/b' }],
    ['LK-EMPTY', { 'env-from': 'secretsmanager:empty' }],
    ['LK-EMPTY', { 'files-from': 'ssm:/nothing/**' }],
    ['LK-UNKNOWN', { 'Latchkey.dev/env.A': 'ssm:/a' }],
    ['LK-UNKNOWN', { 'LATCHKEY.DEV/env.A': 'ssm:/a', 'env.B': 'ssm:/a' }],
    ['LK-LATER', { refresh: '5m' }],
  ];

  for (const [code, wishes] of rows) {
    const answer = await shop.review(asking(wishes));

    t.equal(answer.allowed, false, JSON.stringify(wishes));
    t.same(codes(answer), [code], JSON.stringify(wishes));
  }
});

t.test('only the one spelling of opting out opts out', async (t) => {
  for (const injection of ['disabled', ' disabled\n']) {
    const answer = await shop.review(asking({ injection, 'env.A': 'ssm:/a' }));

    t.equal(answer.allowed, true);
    t.equal(answer.patch, undefined, JSON.stringify(injection));
  }
  for (const injection of ['Disabled', 'DISABLED', 'off', 'false', 'no', '0', '']) {
    const answer = await shop.review(asking({ injection, 'env.A': 'ssm:/a' }));

    t.same(codes(answer), ['LK-UNKNOWN'], injection);
  }
});

t.test('containers that are none, or that the operator skips, are refused and not left out', async (t) => {
  for (const containers of ['', ' ', ',', 'app,', 'nobody', 'App', 'latchkey-fetch']) {
    const answer = await shop.review(asking({ containers, 'env.A': 'ssm:/a' }));

    t.same(codes(answer), ['LK-CONTAINER'], JSON.stringify(containers));
  }
  const sidecars = { containers: [{ name: 'istio-proxy', image: 'x' }] };
  t.same(codes(await shop.review(asking({ 'env.A': 'ssm:/a' }, { spec: sidecars }))), ['LK-CONTAINER']);
});

t.test('what can only be meant as a reference in place is read or refused', async (t) => {
  for (const value of [
    'latchkey:ssm:/a',
    ' latchkey:ssm:/a\n',
    'u:((latchkey:ssm:/a))@',
    '((latchkey: ssm:/a))',
  ]) {
    const pod = withValue(value);
    const stored = applied(pod, await shop.review(pod));

    t.equal(secretNames(stored).length, 1, value);
  }
  const wrong = [
    'Latchkey:ssm:/a',
    'x latchkey:ssm:/a',
    '(( latchkey:ssm:/a))',
    '((LATCHKEY:ssm:/a))',
    '((latchkey:ssm:/a',
    'latchkey:',
    '((latchkey:ssm:/a)) and latchkey:arn:aws:ssm:x',
  ];
  for (const value of wrong) t.same(codes(await shop.review(withValue(value))), ['LK-SYNTAX'], value);
  const unrelated = await shop.review(withValue('http://latchkey:8080/'));
  t.equal(unrelated.allowed, true);
});

t.test(
  'references in place count in every container, also in skipped ones and in those of our names',
  async (t) => {
    const sidecar = withValue('latchkey:ssm:/a', 'istio-proxy');
    const inInit = podOf({
      spec: {
        containers: [{ name: 'app', image: 'x' }],
        initContainers: [{ name: 'init', image: 'x', env: [{ name: 'X', value: 'latchkey:ssm:/gone' }] }],
      },
    });

    t.equal(secretNames(applied(sidecar, await shop.review(sidecar))).length, 1);
    t.same(codes(await shop.review(inInit)), ['LK-NOT-FOUND']);
    for (const name of ['latchkey-fetch', 'latchkey-guard', 'latchkey-x']) {
      t.same(codes(await shop.review(withValue('latchkey:ssm:/a', name))), ['LK-RESERVED'], name);
    }
  },
);

t.test('the annotation of a mirror pod opts nobody out but a node', async (t) => {
  const posing = asking({ 'env.A': 'ssm:/gone' }) as Raw & {
    metadata: { annotations: Record<string, string> };
  };
  posing.metadata.annotations['kubernetes.io/config.mirror'] = 'x';

  const answer = await shop.review(posing);

  t.same(codes(answer), ['LK-NOT-FOUND']);
});

t.test('a node that makes a pod which is no mirror of a static one is asked like everybody', async (t) => {
  const node = { username: 'system:node:ip-10-0-0-1', groups: ['system:nodes', 'system:authenticated'] };

  const answer = await shop.review(asking({ 'env.A': 'ssm:/gone' }), node);

  t.same(codes(answer), ['LK-NOT-FOUND']);
});

t.test('where everything is optional and nothing there, the pod starts and says so', async (t) => {
  const answer = await shop.review(
    asking({ 'env.A': 'ssm:/gone?optional=true', 'env-from': 'ssm:/none/*?optional=true' }),
  );

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.match(answer.patch, [{ op: 'add', path: '/metadata/annotations/latchkey.dev~1status' }]);
});
