import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import * as render from '../../src/commands/render.ts';
import { UsageError } from '../../src/config/usage-error.ts';
import { applied } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { runCommand } from '../support/run-command.ts';

const CANARY = 'canary-hunter2';
const EXAMPLES = join(import.meta.dirname, '../../examples');
const ROLE = 'arn:aws:iam::111122223333:role/app';
const FORMATS = ['yaml', 'diff', 'patch', 'json'];

type Json = Record<string, unknown>;

const pod = (annotations: object, spec: object = {}, metadata: object = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alone', namespace: 'shop', annotations, ...metadata },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  });

const renderText = (text: string, args: readonly string[] = []) =>
  runCommand(render, ['-f', '-', '--region', REGION, ...args], text);

t.test(
  'the example shows the pod and its managed Secret, with references where values would be',
  async (t) => {
    const file = join(EXAMPLES, 'deployment.yaml');

    const { code, stdout, stderr } = await runCommand(render, ['-f', file, '-o', 'diff']);

    t.equal(code, 0);
    t.match(stdout, /^--- Deployment staging\/test-app \(as sent\)$/m);
    t.match(stdout, /^\+ +name: latchkey-test-app-revision-placeholder$/m);
    t.match(stdout, /^\+ +env\.TEST_VALUE: ssm:\/staging\/test-app\/TEST_VALUE$/m);
    t.notMatch(stdout, /^-[^-]/m, 'nothing of the pod is taken away');
    t.match(stderr, /placeholder: the real name needs --key-file/);
  },
);

t.test(
  'every example renders in every format, with and without the store file, and never shows a value',
  async (t) => {
    const values = [
      ...(await readFile(join(EXAMPLES, 'secrets.yaml'), 'utf8')).matchAll(
        /(?:example[- ][a-z@]+|bm90[A-Za-z0-9=]+)/g,
      ),
    ];
    const secret = values
      .map(([value]) => value)
      .filter((value) => value.includes('-') || value.includes('@') || value.startsWith('bm90'));
    t.ok(secret.length >= 4);

    const cases = ['deployment.yaml', 'cronjob.yaml', 'memory.yaml'].flatMap((name) =>
      FORMATS.flatMap((format) => [
        [name, format],
        [name, format, '--store-file', join(EXAMPLES, 'secrets.yaml')],
      ]),
    );
    for (const [name = '', format = '', ...store] of cases) {
      const { code, stdout, stderr } = await runCommand(render, [
        '-f',
        join(EXAMPLES, name),
        '-o',
        format,
        ...store,
      ]);
      t.equal(code, 0, `${name} ${format} ${stderr}`);
      t.not(stdout, '');
      const forms = secret.flatMap((value) => [value, Buffer.from(value).toString('base64')]);
      t.same(
        forms.filter((form) => (stdout + stderr).includes(form)),
        [],
      );
    }
  },
);

t.test('what is printed as YAML are the pod and the Secret', async (t) => {
  const { stdout } = await runCommand(render, [
    '-f',
    join(EXAMPLES, 'deployment.yaml'),
    '--store-file',
    join(EXAMPLES, 'secrets.yaml'),
    '--show-values',
  ]);

  const [admitted, secret] = parseAllDocuments(stdout).map((document) => document.toJS() as Json);
  t.match(admitted, {
    kind: 'Pod',
    spec: { containers: [{ env: [{ name: 'DATABASE_URL' }, { name: 'TEST_VALUE' }] }] },
  });
  t.match(secret, { kind: 'Secret', immutable: true, data: { 'env.TEST_VALUE': 'ZXhhbXBsZS12YWx1ZQ==' } });
});

t.test('the patch is the very one that the server returns, given its key and identity', async (t) => {
  const installationKey = randomBytes(32);
  const shop = await startInstallation({ installationKey });
  t.teardown(() => shop.close());
  const roleArn = shop.account('app');
  const uid = shop.kubernetes.addServiceAccount('shop', 'app', {
    annotations: { 'eks.amazonaws.com/role-arn': roleArn },
  }).metadata.uid;
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-6d4cf56db6');
  shop.aws.ssm.put('/a', 'value-a', { region: REGION });
  shop.aws.secrets.put('db', '{"password":"value/b"}', { region: REGION });
  const annotations = {
    'latchkey.dev/env.A': 'ssm:/a',
    'latchkey.dev/env.URL': 'x://((secretsmanager:db?encode=url#password))@db',
    'latchkey.dev/env.GONE': 'ssm:/gone?optional=true',
  };
  const spec = {
    serviceAccountName: 'app',
    containers: [
      {
        name: 'app',
        image: 'app:1',
        env: [{ name: 'P', value: '$(A)-((latchkey:ssm:/a))' }],
        future: { field: 1 },
      },
    ],
  };
  const sent = podOf({ annotations, owner, spec });
  const directory = t.testdir({
    'store.yaml': 'ssm: { /a: value-a }\nsecretsmanager: { db: \'{"password":"value/b"}\' }\n',
    'pod.json': JSON.stringify(sent),
    'deployment.json': JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace: 'shop' },
      spec: { template: { metadata: { annotations }, spec } },
    }),
  });
  await writeFile(join(directory, 'key'), installationKey);
  const flags = [
    '--region',
    REGION,
    '--key-file',
    join(directory, 'key'),
    '--store-file',
    join(directory, 'store.yaml'),
    '--role-arn',
    roleArn,
    '--service-account-uid',
    uid,
    '-o',
    'patch',
  ];

  const answer = await shop.review(sent);
  const ofPod = await runCommand(render, ['-f', join(directory, 'pod.json'), ...flags]);
  const ofDeployment = await runCommand(render, [
    '-f',
    join(directory, 'deployment.json'),
    ...flags,
    '--owner-uid',
    owner.metadata.uid,
    '--revision',
    '6d4cf56db6',
  ]);
  const otherUid = await runCommand(render, [
    '-f',
    join(directory, 'pod.json'),
    ...flags.slice(0, -4),
    '-o',
    'patch',
  ]);

  t.equal(answer.allowed, true, JSON.stringify(answer.status));
  t.same(JSON.parse(ofPod.stdout), answer.patch);
  t.equal(ofPod.stderr, '', 'nothing is a placeholder');
  t.same(JSON.parse(ofDeployment.stdout), answer.patch);
  t.match(otherUid.stdout, /latchkey-app-6d4cf56db6-placeholder/);
  t.match(applied(sent, answer), { spec: { containers: [{ future: { field: 1 } }] } });
});

t.test('for memory, the patch is the very one that the server returns', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  const roleArn = shop.account('app');
  const sent = podOf({
    annotations: { 'latchkey.dev/delivery': 'memory', 'latchkey.dev/file.a': 'ssm:/a' },
    spec: { serviceAccountName: 'app', containers: [{ name: 'app', image: 'app:1' }] },
  });

  const answer = await shop.review(sent);
  const { stdout, stderr } = await renderText(JSON.stringify(sent), [
    '-o',
    'patch',
    '--role-arn',
    roleArn,
    '--aws-endpoint-url',
    shop.aws.url,
  ]);

  t.equal(answer.allowed, true, JSON.stringify(answer.status));
  t.same(JSON.parse(stdout), answer.patch);
  t.equal(stderr, '');
});

t.test('the server with a store file and render with it agree', async (t) => {
  const directory = t.testdir({ 'store.yaml': 'ssm: { /a: value-a }\n' });
  const installationKey = randomBytes(32);
  await writeFile(join(directory, 'key'), installationKey);
  const store = ['--store-file', join(directory, 'store.yaml')];
  const shop = await startInstallation({ installationKey, flags: store });
  t.teardown(() => shop.close());
  const account = shop.kubernetes.addServiceAccount('shop', 'app', {});
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const sent = podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' }, owner });

  const answer = await shop.review(sent);
  const { stdout } = await renderText(JSON.stringify(sent), [
    ...store,
    '--key-file',
    join(directory, 'key'),
    '-o',
    'patch',
    '--service-account-uid',
    account.metadata.uid,
  ]);

  t.equal(answer.allowed, true, JSON.stringify(answer.status));
  t.same(JSON.parse(stdout), answer.patch);
});

t.test('uids are read from the service account and the owner references of the input', async (t) => {
  const directory = t.testdir({ 'store.yaml': 'ssm: { /a: value-a }\n' });
  await writeFile(join(directory, 'key'), randomBytes(32));
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'shop', uid: 'u-1' },
  };
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-1', uid: 'u-2', controller: true };
  const sent = pod({ 'latchkey.dev/env.A': 'ssm:/a' }, {}, { ownerReferences: [owner] });

  const { stdout, stderr } = await renderText(`${JSON.stringify(account)}\n---\n${sent}`, [
    '--store-file',
    join(directory, 'store.yaml'),
    '--key-file',
    join(directory, 'key'),
    '-o',
    'patch',
  ]);

  t.match(stdout, /latchkey-app-1-[0-9a-f]{64}/);
  t.equal(stderr, '');
});

t.test('a pod that stands alone has placeholders, the same each time', async (t) => {
  const directory = t.testdir({ 'store.yaml': 'ssm: { /a: value-a }\n' });
  const args = ['--store-file', join(directory, 'store.yaml'), '-o', 'patch'];
  const text = pod({ 'latchkey.dev/env.A': 'ssm:/a' });

  const first = await renderText(text, args);
  const second = await renderText(text, args);

  t.equal(first.stdout, second.stdout);
  t.match(first.stdout, /latchkey-alone-placeholder/);
});

t.test('no value is shown without --show-values, in any delivery and format', async (t) => {
  const directory = t.testdir({
    'store.yaml': `ssm: { /a: ${CANARY}, /p/B: ${CANARY} }\nsecretsmanager: { j: { k: ${CANARY}, b: '$${CANARY}' }, t: "${CANARY}{", n: [${CANARY}] }\n`,
  });
  const store = ['--store-file', join(directory, 'store.yaml'), '--allow-plaintext'];
  const encoded = [CANARY, Buffer.from(CANARY).toString('base64'), encodeURIComponent(CANARY)];
  const wishes: readonly object[] = [
    { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/env.B': 'x((secretsmanager:j#b))y' },
    { 'latchkey.dev/env-from': 'ssm:/p/*\nsecretsmanager:j' },
    { 'latchkey.dev/env.A': 'secretsmanager:t#k' },
    { 'latchkey.dev/env.A': 'secretsmanager:j#missing' },
    { 'latchkey.dev/env.A': 'ssm:/a?decode=base64' },
    { 'latchkey.dev/env-from': 'secretsmanager:t' },
  ];

  const cases = wishes.flatMap((wish) =>
    ['secret', 'plaintext'].flatMap((delivery) => FORMATS.map((format) => ({ wish, delivery, format }))),
  );
  for (const { wish, delivery, format } of cases) {
    const text = pod({ ...wish, 'latchkey.dev/delivery': delivery });
    const { stdout, stderr } = await renderText(text, [...store, '-o', format]);
    t.not(stdout + stderr, '');
    const shown = encoded.filter((form) => (stdout + stderr).includes(form));
    t.same(shown, [], `${JSON.stringify(wish)} ${delivery} ${format}`);
  }
});

t.test('with --show-values, values are shown', async (t) => {
  const directory = t.testdir({ 'store.yaml': `ssm: { /a: "${CANARY}$" }\n` });
  const store = ['--store-file', join(directory, 'store.yaml'), '--allow-plaintext', '--show-values'];

  const secret = await renderText(pod({ 'latchkey.dev/env.A': 'ssm:/a' }), store);
  const plaintext = await renderText(
    pod({ 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/delivery': 'plaintext' }),
    [...store, '-o', 'patch'],
  );

  t.match(secret.stdout, Buffer.from(`${CANARY}$`).toString('base64'));
  t.match(plaintext.stdout, `${CANARY}$$`);
});

t.test(
  'plaintext shows references where nothing resolves them, and is refused where it is off',
  async (t) => {
    const text = pod({ 'latchkey.dev/env.A': 'x((ssm:/a))', 'latchkey.dev/delivery': 'plaintext' });

    t.match((await renderText(text, ['--allow-plaintext', '-o', 'patch'])).stdout, '"value": "x((ssm:/a))"');
    t.match(await renderText(text), { code: 1, stderr: /LK-PLAINTEXT/ });
  },
);

t.test('refusals name file and line, and the exit code tells', async (t) => {
  const text = `apiVersion: v1
kind: Pod
metadata:
  name: bad
  annotations:
    latchkey.dev/env.A: smm:/a
    latchkey.dev/env.B: ssm:/b
spec: { containers: [{ name: app }] }
`;

  const refused = await renderText(text);
  const json = await renderText(text, ['-o', 'json']);

  t.match(refused, { code: 1, stdout: '', stderr: /^-:6: refused: Pod bad: env A: .*LK-UNKNOWN/ });
  t.match(JSON.parse(json.stdout), { pods: [{ decision: 'refused', problems: [{ code: 'LK-UNKNOWN' }] }] });
});

t.test('a secret that the store file lacks is refused as the server would', async (t) => {
  const directory = t.testdir({ 'store.yaml': 'ssm: {}\n' });

  const result = await renderText(pod({ 'latchkey.dev/env.A': 'ssm:/a' }), [
    '--store-file',
    join(directory, 'store.yaml'),
  ]);

  t.match(result, { code: 1, stderr: /LK-NOT-FOUND/ });
});

t.test('policy, role and namespace decide as in the server', async (t) => {
  const asks = { 'latchkey.dev/env.A': 'ssm:/bank/a' };
  const directory = t.testdir({
    'policy.yaml':
      'version: 1\nrules: [{ namespaces: { selector: { matchLabels: { team: shop } } }, names: ["ssm:/shop/**"] }]',
  });
  const policy = ['--policy-file', join(directory, 'policy.yaml')];
  const namespace = (labels: object) =>
    `${JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })}\n---\n`;
  const account = `${JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'shop' } })}\n---\n`;

  t.match(await renderText(pod(asks), policy), {
    code: 1,
    stderr: /no rule .* permits the namespace "shop"/,
  });
  t.match(await renderText(namespace({ team: 'shop' }) + pod(asks), policy), {
    code: 1,
    stderr: /"ssm:\/bank\/a" is not permitted/,
  });
  t.match(await renderText(account + pod(asks)), { code: 1, stderr: /LK-NO-ROLE/ });
  t.match(await renderText(pod(asks)), {
    code: 0,
    stderr: /role of service account "shop\/default" is not known/,
  });
  t.match(await renderText(namespace({ 'latchkey.dev/injection': 'disabled' }) + pod(asks)), {
    code: 0,
    stderr: /unchanged: the namespace's label latchkey.dev\/injection is disabled/,
  });
});

t.test('pods that ask for nothing are unchanged', async (t) => {
  t.match(await renderText(pod({})), { code: 0, stdout: '', stderr: /Pod shop\/alone: unchanged/ });
  t.match(await renderText(pod({}), ['-o', 'patch']), { stdout: '[]\n' });
  t.match(await renderText('kind: Service\napiVersion: v1\n'), {
    code: 0,
    stdout: '',
    stderr: /nothing that makes pods/,
  });
});

t.test('without a region anywhere, one is assumed and said', async (t) => {
  const { code, stderr } = await runCommand(
    render,
    ['-f', '-', '-o', 'patch'],
    pod({ 'latchkey.dev/env.A': 'ssm:/a' }),
  );

  t.equal(code, 0);
  t.match(stderr, /as if in us-east-1/);
});

t.test('hostile manifests neither break the output nor the program', async (t) => {
  const nasty = 'x\u001B[31m\u202E\u2028\n::error::\u{E0001}';
  const texts = [
    pod({ 'latchkey.dev/env.A': 'ssm:/a', note: nasty, __proto__: 'x', constructor: nasty }),
    pod({ 'latchkey.dev/env.A': `ssm:/a?default=${encodeURIComponent(nasty)}` }, { [nasty]: nasty }),
    pod({ 'latchkey.dev/env.A': 'ssm:/a' }, { volumes: [{ name: 'latchkey-files', emptyDir: {} }] }),
    pod({ 'latchkey.dev/env.A': 'ssm:/a' }, { serviceAccountName: '../../kube-system' }),
    pod({ 'latchkey.dev/env.A': 'ssm:/a' }, {}, { namespace: '../x' }),
    pod({ 'latchkey.dev/env.A': 'ssm:/a' }, { containers: 'none' }),
    '{"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{"latchkey.dev/env.__proto__":"ssm:/a"}},"spec":{"containers":[{"name":"app"}]}}',
    '{"apiVersion":"v1","kind":"Pod"}',
  ];

  for (const text of texts) {
    for (const format of FORMATS) {
      const { code, stdout, stderr } = await renderText(text, ['-o', format]);
      t.ok(code === 0 || code === 1);
      t.notMatch(stdout + stderr, /[\u001B\u202E\u2028]|\u{E0001}/u);
    }
  }
  const { stdout } = await renderText(texts[0] ?? '', ['-o', 'yaml']);
  const [document] = parseAllDocuments(stdout);
  t.match(document?.toJS(), { metadata: { annotations: { note: nasty } } });
  const asJson = await renderText(texts[0] ?? '', ['-o', 'json']);
  t.match(JSON.parse(asJson.stdout), { pods: [{ pod: { metadata: { annotations: { note: nasty } } } }] });
});

t.test('broken documents are findings beside what could be read', async (t) => {
  const { code, stderr } = await renderText(`a: [${CANARY}\n---\n${pod({})}`);

  t.equal(code, 1);
  t.match(stderr, /not valid YAML/);
  t.notMatch(stderr, CANARY);
});

t.test('a workload is read from the cluster, with its namespace and service account', async (t) => {
  const kubernetes = await startKubernetesDouble();
  t.teardown(() => kubernetes.close());
  kubernetes.addNamespace('shop', { annotations: { 'latchkey.dev/prefix': '/staging/db' } });
  kubernetes.addServiceAccount('shop', 'db', { annotations: { 'eks.amazonaws.com/role-arn': ROLE } });
  const template = {
    metadata: { annotations: { 'latchkey.dev/env.A': 'ssm:./a' } },
    spec: { serviceAccountName: 'db', containers: [{ name: 'app', image: 'app:1' }] },
  };
  kubernetes.addOwner('StatefulSet', 'shop', 'db', { rest: { spec: { template }, status: { replicas: 1 } } });
  const live = (workload: string, ...args: readonly string[]) =>
    runCommand(render, [
      '--kubeconfig',
      kubernetes.kubeconfig,
      '-n',
      'shop',
      '--live',
      workload,
      '--region',
      REGION,
      ...args,
    ]);

  const { code, stdout, stderr } = await live('sts/db', '-o', 'json');

  t.equal(code, 0, stderr);
  t.match(JSON.parse(stdout), { pods: [{ object: 'StatefulSet shop/db', decision: 'patched' }] });
  t.notMatch(stderr, 'role of service account');
  await t.rejects(live('sts/none'), { code: 'LK-KUBERNETES', message: /does not exist/ });
  await t.rejects(live('statefulse/db'), { code: 'LK-CONFIG', remedy: /statefulset/ });
  await t.rejects(live('sts/../x'), UsageError);
  await t.rejects(live('sts/..'), { code: 'LK-NAME' });
  await t.rejects(live('sts'), UsageError);
});

t.test('wrong use is told', async (t) => {
  await t.rejects(runCommand(render, []), UsageError);
  await t.rejects(runCommand(render, ['-f', '/nowhere']), UsageError);
  await t.rejects(runCommand(render, ['-f', '-', '--store-file', '/nowhere']), UsageError);
  await t.rejects(runCommand(render, ['-f', '-', '--key-file', '/nowhere']), { code: 'LK-CONFIG' });
  await t.rejects(runCommand(render, ['-f', '-', '-o', 'text']), UsageError);
});
