// Bad input and bad luck: each gets a clear answer, no pod is admitted without what it asked for, and no value shows.

import t from 'tap';

import { podReview, type AdmissionAnswer, type Raw } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation, type Installation } from '../support/installation.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))].sort();
}

async function shopWith(fill: (shop: Installation) => void = () => undefined): Promise<Installation> {
  const shop = await startInstallation();
  shop.account('app');
  fill(shop);
  return shop;
}

function asking(env: Readonly<Record<string, string>>): Raw {
  const annotations = Object.entries(env).map(([name, wish]) => [`latchkey.dev/${name}`, wish] as const);
  return podOf({ annotations: Object.fromEntries(annotations) });
}

t.test('what a value cannot be is refused by its code, and the value is nowhere', async (t) => {
  const shop = await shopWith(({ aws }) => {
    aws.ssm.put('/text', 'canary-hunter2', { region: REGION });
    aws.ssm.put('/short', 'canary7', { region: REGION });
    aws.ssm.put('/nul', 'canary\0nul', { region: REGION });
    aws.ssm.put('/null', '{"canary":null}', { region: REGION });
    aws.ssm.put('/deep', `${'['.repeat(5_000)}"canary"${']'.repeat(5_000)}`, { region: REGION });
    aws.ssm.put('/huge', 'canary'.repeat(30_000), { region: REGION });
    aws.secrets.put('bytes', Uint8Array.from([0xff, 0xfe, 0x63]), { region: REGION });
    for (let n = 0; n < 20; n += 1) aws.secrets.put(`big-${n}`, 'canary'.repeat(10_000), { region: REGION });
  });
  t.teardown(() => shop.close());
  const twentyFiles = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`file.big-${n}`, `secretsmanager:big-${n}`] as const),
  );
  const cases: readonly (readonly [string, Raw])[] = [
    ['LK-NOT-JSON', asking({ 'env.A': 'ssm:/text#password' })],
    ['LK-NOT-JSON', asking({ 'env.A': 'ssm:/short#x' })],
    ['LK-ENCODING', asking({ 'env.A': 'ssm:/text?decode=base64' })],
    ['LK-ENCODING', asking({ 'env.A': 'ssm:/nul' })],
    ['LK-ENCODING', asking({ 'env.A': 'secretsmanager:bytes' })],
    ['LK-PROPERTY', asking({ 'env.A': 'ssm:/null#canary' })],
    ['LK-TOO-LARGE', asking({ 'env.A': 'ssm:/huge' })],
    ['LK-TOO-LARGE', asking(twentyFiles)],
  ];

  for (const [code, pod] of cases) {
    const answer = await shop.review(pod);
    t.equal(answer.allowed, false);
    t.same(codes(answer), [code]);
  }
  const deep = await shop.review(asking({ 'env.A': 'ssm:/deep#a' }));
  t.equal(deep.allowed, false);
  t.equal(shop.kubernetes.secrets('shop').length, 0, 'nothing was written for any of them');
  const answersAndLogs = (await shop.written()).replaceAll('/null#canary', '').replaceAll('"canary"', '');
  t.notMatch(answersAndLogs, /canary[-7]|canarycanary|hunter2|canary\\u0000/);
});

t.test('a refusal reads as the design has it', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('test-app', { role: { allow: [] } });
  const annotations = { 'latchkey.dev/env.TEST_VALUE': 'ssm:/staging/test-app/TEST_VALUE' };

  const answer = await shop.review(podOf({ annotations, serviceAccount: 'test-app' }));

  t.equal(
    answer.status?.message,
    'latchkey: env TEST_VALUE: ssm:/staging/test-app/TEST_VALUE: access denied for role arn:aws:iam::111122223333:role/test-app [LK-DENIED]. ' +
      "Allow ssm:GetParameters on this parameter (and kms:Decrypt on its key) in that role's policy.",
  );
});

t.test('half the references fail: each is named, and nothing is delivered', async (t) => {
  const shop = await shopWith(({ aws }) => {
    for (let n = 0; n < 12; n += 1) aws.ssm.put(`/there-${n}`, 'canary', { region: REGION });
  });
  t.teardown(() => shop.close());
  const wish = Object.fromEntries(
    Array.from(
      { length: 24 },
      (_, n) => [`env.V${n}`, n < 12 ? `ssm:/there-${n}` : `ssm:/gone-${n}`] as const,
    ),
  );

  const answer = await shop.review(asking(wish));

  t.equal(answer.allowed, false);
  t.equal(answer.status?.details?.causes?.length, 12);
  t.match(answer.status?.details?.causes, [{ reason: 'LK-NOT-FOUND', field: /env\.V/ }]);
  t.ok((answer.status?.message ?? '').length <= 1024);
  t.match(answer.status?.message, /And \d+ more/);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
  t.notMatch(await shop.written(), /canary/);
});

t.test('500 references in one pod are served; 256 KiB of hostile annotations are answered', async (t) => {
  const shop = await shopWith(({ aws }) => {
    for (let n = 0; n < 500; n += 1) aws.ssm.put(`/v/${n}`, `canary-${n}`, { region: REGION });
  });
  t.teardown(() => shop.close());
  const lines = Array.from({ length: 500 }, (_, n) => `V_${n}: ssm:/v/${n}`).join('\n');
  const large = podOf({ annotations: { 'latchkey.dev/env': `X: ${'((ssm:/a))'.repeat(25_000)}` } });

  const many = await shop.review(asking({ env: lines }));
  const huge = await shop.review(large);

  t.equal(many.allowed, true, many.status?.message ?? '');
  t.equal(Object.keys(shop.kubernetes.secrets('shop')[0]?.['data'] as object).length, 500);
  t.equal(shop.aws.count('ssm:GetParameters'), 50);
  t.equal(huge.allowed, false);
});

const HOSTILE = [
  '~1',
  '/',
  '..',
  '../../etc/passwd',
  'a\nb: c',
  'a\0b',
  "'; rm -rf /; '",
  '"',
  '\u001b[2J\u001b]0;x\u0007',
  '\u202Egnp.exe',
  '__proto__',
  'constructor',
  '${HOME}',
  '{{ .Values.x }}',
  '::add-mask::x',
  '%0a',
  '#',
  '?',
  '((',
  '))',
  'latchkey-x',
  'x'.repeat(5_000),
];

t.test('hostile names and values break out of nothing', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());

  for (const text of HOSTILE) {
    const pods = [
      asking({ [`env.${text}`]: 'ssm:/gone' }),
      asking({ [`file.${text}`]: 'ssm:/gone' }),
      asking({ [text]: 'ssm:/gone' }),
      asking({ 'env.A': text }),
      asking({ 'env.A': `ssm:${text}` }),
      asking({ 'env.A': `ssm:/gone#${text}` }),
      asking({ files: `${JSON.stringify(text)}: ssm:/gone` }),
      asking({ 'env.A': 'ssm:/gone', containers: text }),
      asking({ 'env.A': 'ssm:/gone', region: text }),
      asking({ 'env.A': 'ssm:/gone', 'assume-role-arn': text }),
      asking({ 'env.A': 'ssm:/gone', 'mount-path': text }),
      asking({ 'env.A': 'ssm:/gone', status: text, 'in-place': text }),
    ];
    for (const pod of pods) {
      const answer = await shop.review(pod);
      const message = answer.status?.message ?? '';
      t.equal(answer.allowed, false, `${JSON.stringify(text).slice(0, 40)} is refused`);
      t.ok(message.length <= 1024, 'the message is bounded');
      t.notMatch(message.replaceAll('\n', ''), /[\p{Cc}\u202E]/u, 'and harmless to a terminal');
    }
  }
  t.equal(shop.kubernetes.secrets().length, 0);
});

t.test('namespace and service account names that are none reach no URL', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const names = ['../kube-system', 'a/b', 'UPPER', 'a b', '', '-a', 'x'.repeat(300), '%2e%2e', 'a\n'];

  for (const name of names) {
    const namespace = await shop.review(asking({ 'env.A': 'ssm:/a' }), { namespace: name });
    t.equal(namespace.allowed, false, `namespace ${JSON.stringify(name).slice(0, 20)}`);
    if (name === '') continue;
    const account = await shop.review(
      podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' }, serviceAccount: name }),
    );
    t.equal(account.allowed, false, `service account ${JSON.stringify(name).slice(0, 20)}`);
  }
  t.notOk(shop.kubernetes.requests.some((request) => /\.\.|kube-system|%2e/i.test(request)));
});

t.test('a review whose object is no pod is refused, whatever it is', async (t) => {
  const shop = await shopWith();
  t.teardown(() => shop.close());
  const objects = [
    null,
    [],
    'text',
    {},
    { metadata: {}, spec: {} },
    { metadata: {}, spec: { containers: 'x' } },
    { metadata: {}, spec: { containers: [null] } },
    { metadata: {}, spec: { containers: [{ name: 'a', env: {} }] } },
    { metadata: { annotations: { 'latchkey.dev/env.A': 1 } }, spec: { containers: [] } },
    { metadata: { annotations: [] }, spec: { containers: [{ name: 'a' }] } },
    { metadata: { ownerReferences: [{}] }, spec: { containers: [{ name: 'a' }] } },
    { metadata: {}, spec: { containers: [{ name: 'a' }], volumes: [7] } },
  ];

  for (const object of objects) {
    const answer = await shop.client.post(JSON.stringify({ ...podReview(object, { namespace: 'shop' }) }));
    const refused = answer.status === 400 || /"allowed":false/.test(answer.text);
    t.ok(refused, `${JSON.stringify(object)}: ${answer.status} ${answer.text.slice(0, 100)}`);
  }
});

const AWS_FAULTS = ['throttle', 'server-error', 'close', 'close-mid-answer', 'hang'] as const;

for (const action of ['sts:*', 'ssm:*', 'secretsmanager:*']) {
  t.test(`${action} failing in every way refuses with a code that tells it apart`, async (t) => {
    for (const kind of AWS_FAULTS) {
      const shop = await shopWith(({ aws }) => {
        aws.ssm.put('/a', 'canary', { region: REGION });
        aws.secrets.put('b', 'canary', { region: REGION });
      });
      shop.aws.fault({ action }, { kind });

      const answer = await shop.review(asking({ 'env.A': 'ssm:/a', 'env.B': 'secretsmanager:b' }));

      const expected = { throttle: 'LK-THROTTLED', hang: 'LK-TIMEOUT' } as Partial<Record<string, string>>;
      t.equal(answer.allowed, false, kind);
      t.same(codes(answer), [expected[kind] ?? 'LK-AWS-AWAY'], kind);
      t.equal(shop.kubernetes.secrets('shop').length, 0);
      t.notMatch(await shop.written(), /canary|request-id-of/);
      await shop.close();
    }
  });
}

t.test('the API server failing refuses with a reason, and never admits', async (t) => {
  const paths = [
    'GET /api/v1/namespaces/shop',
    'serviceaccounts/app',
    '/token',
    'POST /api/v1/namespaces/shop/secrets',
  ];
  for (const path of paths) {
    const shop = await shopWith(({ aws }) => void aws.ssm.put('/a', 'canary', { region: REGION }));
    shop.kubernetes.fault(path, { kind: 'answer', status: 500, body: '{"message":"canary"}' } as never);

    const answer = await shop.review(asking({ 'env.A': 'ssm:/a' }));

    t.equal(answer.allowed, false, path);
    t.same(codes(answer), ['LK-KUBERNETES'], path);
    t.notMatch(await shop.written(), /canary/);
    await shop.close();
  }
});

t.test('a quota that is used up is told apart', async (t) => {
  const shop = await shopWith(({ aws }) => void aws.ssm.put('/a', 'canary', { region: REGION }));
  t.teardown(() => shop.close());
  shop.kubernetes.setSecretQuota('shop', 0);

  const answer = await shop.review(asking({ 'env.A': 'ssm:/a' }));

  t.same(codes(answer), ['LK-QUOTA']);
});
