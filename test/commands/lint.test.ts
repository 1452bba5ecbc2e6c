import { join } from 'node:path';
import t from 'tap';

import * as lint from '../../src/commands/lint.ts';
import { UsageError } from '../../src/config/usage-error.ts';
import { runCommand } from '../support/run-command.ts';

const CANARY = 'canary-hunter2';

/** Lines of `line: severity: text` for a manifest on standard input. */
async function lintText(text: string, args: readonly string[] = []) {
  const result = await runCommand(lint, ['-f', '-', ...args], text);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return { ...result, lines: lines.map((line) => line.replace(/^-:/, '')) };
}

const deployment = (annotations: string, rest = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  template:
    metadata:
      annotations:
${annotations.replaceAll(/^/gm, '        ')}
    spec:
      serviceAccountName: app
      containers:
        - name: app
${rest.replaceAll(/^/gm, '          ')}
`;

t.test('the examples are clean', async (t) => {
  for (const name of ['deployment.yaml', 'cronjob.yaml', 'memory.yaml', 'definitions.yaml']) {
    const file = join(import.meta.dirname, '../../examples', name);
    const policy = join(import.meta.dirname, '../../examples/policy.yaml');

    const result = await runCommand(lint, ['-f', file, '--policy-file', policy]);

    t.match(result, { code: 0, stdout: '', stderr: /1 pod template, 0 problems, 0 warnings/ }, name);
  }
});

t.test('a problem of the plan stands at the line of its annotation or variable', async (t) => {
  const { code, lines } = await lintText(
    deployment(
      'latchkey.dev/env.A: smm:/a\nlatchkey.dev/env: |\n  B: ssm:/b\n  C: ""\nlatchkey.dev/regionn: x',
      'env:\n  - name: D\n    value: latchkey:ssn:/d',
    ),
  );

  t.equal(code, 1);
  t.match(lines, [
    /^8: error: Deployment app: env A: .*LK-UNKNOWN.*"ssm"/,
    /^11: error: Deployment app: env C: .*LK-NO-REFERENCE/,
    /^12: error: Deployment app: .*latchkey\.dev\/regionn.*latchkey\.dev\/region"/,
    /^19: error: Deployment app: container app, env D: .*LK-UNKNOWN/,
  ]);
});

t.test('annotations on the workload instead of its template are found, on every level', async (t) => {
  const cronJob = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: job
  annotations:
    latchkey.dev/env.A: ssm:/a
    latchkey.dev/env.SAME: ssm:/same
spec:
  jobTemplate:
    metadata:
      annotations:
        latchkey.dev/env.B: ssm:/b
    spec:
      template:
        metadata:
          annotations:
            latchkey.dev/env.SAME: ssm:/same
        spec:
          containers: [{ name: app }]
`;

  const { lines } = await lintText(cronJob);

  t.match(lines, [
    /^6: error: CronJob job: annotation latchkey.dev\/env.A: .*Move it to spec.jobTemplate.spec.template.metadata.annotations/,
    /^12: error: CronJob job: annotation latchkey.dev\/env.B/,
  ]);
});

t.test('look-alike prefixes are found, other prefixes are left alone', async (t) => {
  const { lines } = await lintText(
    deployment(
      [
        'latchkey.io/env.A: x',
        'latchkeys.dev/env.A: x',
        'latchkey.dev.env.A: x',
        'latchkey/env.A: x',
        'lachkey.dev/env.A: x',
        'Latchkey.dev/env.A: x',
        'hatch.dev/x: x',
        'patch.dev/x: x',
        'prometheus.io/scrape: "true"',
        'latch.dev/x: x',
      ].join('\n'),
    ),
  );

  t.same(
    lines.map((line) => line.replace(/:.*/s, '')),
    ['8', '9', '10', '11', '12', '13'],
  );
  t.match(lines[0], /Write "latchkey\.dev\/env\.A"/);
  t.match(lines[2], /Write "latchkey\.dev\/env\.A"/);
});

t.test('annotations of ours among the labels do nothing and are found', async (t) => {
  const text = deployment('a: b').replace(
    '    metadata:\n',
    '    metadata:\n      labels:\n        latchkey.dev/env.A: x\n        latchkey.dev/injection: disabled\n',
  );

  t.match((await lintText(text)).lines, [
    /^8: error: .*label latchkey.dev\/env.A.*Move it to the annotations/,
  ]);
});

t.test('words and numbers that the API server reads as no text need quotes', async (t) => {
  const { lines } = await lintText(
    deployment(
      "latchkey.dev/preflight: off\nlatchkey.dev/file-mode: 0444\nlatchkey.dev/env.A: 'ssm:/a'",
      'env:\n  - name: N\n    value: 5',
    ),
  );

  t.match(lines, [/^8: error: .*true or false/, /^9: error: .*no text/, /^17: error: .*env N: .*no text/]);
});

t.test('references without latchkey: are found; an ARN may be meant as such', async (t) => {
  const { code, lines } = await lintText(
    deployment(
      'a: b',
      `env:
  - { name: A, value: "ssm:/a" }
  - { name: B, value: "x((secretsmanager:b))" }
  - { name: C, value: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:c" }
  - { name: D, value: "see https://ssm.example/secretsmanager:x" }
  - { name: E, value: "latchkey:ssm:/e" }
args: ["--x=((latchkey:ssm:/a))", "--y"]`,
    ),
  );

  t.equal(code, 1);
  t.match(lines, [
    /^14: error: .*env A: .*Write latchkey: before it/,
    /^15: error: .*env B: .*\(\(latchkey:/,
    /^16: warning: .*env C/,
    /^19: error: .*args: /,
  ]);
  t.equal(lines.length, 4);
  const warned = await lintText(
    deployment('a: b', 'env: [{ name: C, value: "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/c" }]'),
  );
  t.match(warned, { code: 0, stderr: /0 problems, 1 warning\n/ });
});

t.test('templates that a tool emptied are found', async (t) => {
  const { lines } = await lintText(
    deployment(
      'latchkey.dev/env.URL: "postgres://:@db:5432/shop"\nlatchkey.dev/env.EMPTY: ""\nlatchkey.dev/env-from: ""',
    ),
  );

  t.match(lines, [/^8: .*LK-NO-REFERENCE/, /^9: .*LK-NO-REFERENCE/, /^10: .*LK-NO-REFERENCE/]);
});

t.test('namespaces and service accounts of the input are checked by themselves', async (t) => {
  const { lines } = await lintText(`apiVersion: v1
kind: Namespace
metadata:
  name: default
  annotations:
    latchkey.dev/prefixx: /x
    latchkey.dev/env.A: ssm:/x
    latchkey.dev/default-delivery: secrets
    latchkey.dev/permitted-names: smm:/x
    latchkey.dev/prefix: ../..
    latchkey.dev/region: mars
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  annotations:
    latchkey.dev/permitted-delivery: secret
    latchkey.dev/permitted-deliveries: secrets
    eks.amazonaws.com/role-arn: test-app
---
${deployment('latchkey.dev/env.A: ssm:./a')}`);

  t.match(lines, [
    /^6: .*latchkey.dev\/prefix"/,
    /^7: .*belongs to pods/,
    /^8: .*"secret"/,
    /^9: .*did you mean "ssm:"/,
    /^10: .*LK-SYNTAX/,
    /^11: .*LK-REGION/,
    /^18: .*permitted-deliveries"/,
    /^19: .*did you mean "secret"/,
    /^20: .*ARN/,
  ]);
  t.equal(lines.length, 9, 'and the pod does not say it again');
});

t.test('adoption is a label of namespaces, with two values', async (t) => {
  const namespace = (metadata: string) => `---
apiVersion: v1
kind: Namespace
metadata: { name: shop, ${metadata} }
`;

  const { code, lines } = await lintText(
    namespace('labels: { latchkey.dev/adoption: enabled }') +
      namespace('labels: { latchkey.dev/adoption: materialize }') +
      namespace('labels: { latchkey.dev/adoption: "true" }') +
      namespace('labels: { latchkey.dev/adoption: materialise }') +
      namespace('annotations: { latchkey.dev/adoption: enabled }') +
      `---
apiVersion: v1
kind: ServiceAccount
metadata: { name: app, labels: { latchkey.dev/adoption: enabled } }
`,
  );

  t.match(lines, [
    /^12: .*"true" switches nothing on.*Write enabled or materialize/,
    /^16: .*Did you mean "materialize"/,
    /^20: .*this is a label.*labels of the Namespace/,
    /^24: .*counts on a Namespace/,
  ]);
  t.equal(lines.length, 4);
  t.equal(code, 1);
});

t.test('a service account that is lent names who borrows', async (t) => {
  const account = (lendTo: string) => `---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, annotations: { latchkey.dev/lend-to: ${lendTo} } }
`;

  const { lines } = await lintText(
    account('"SecretStore/aws, ExternalSecret/db,"') +
      account('ClusterSecretStore/aws') +
      account('SecretStores/aws') +
      account('aws') +
      account('SecretStore/shop/aws') +
      account('SecretStore/*'),
  );

  t.match(lines, [
    /^12: .*"SecretStores\/aws" names nobody.*Did you mean "SecretStore\/aws"/,
    /^16: .*"aws" names nobody.*KIND\/NAME/,
    /^20: .*names nobody/,
    /^24: .*names nobody/,
  ]);
  t.equal(lines.length, 4);
});

t.test('a service account without a role is a problem where the delivery needs one', async (t) => {
  const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: app\n---\n';
  const asks = 'latchkey.dev/env.A: ssm:/a';

  t.match((await lintText(account + deployment(asks))).lines, [
    /^3: error: ServiceAccount app: .*LK-NO-ROLE/,
  ]);
  t.same((await lintText(account + deployment(`${asks}\nlatchkey.dev/delivery: memory`))).lines, []);
  t.same(
    (await lintText(account + deployment(asks), ['-n', 'elsewhere', '--default-delivery', 'memory'])).lines,
    [],
  );
  t.same((await lintText(deployment(asks))).lines, [], 'one that is not in the input may have a role');
  t.same((await lintText(account + deployment('a: b'))).lines, [], 'a pod that asks for nothing needs none');
});

t.test('policy is checked: the file and the annotations of the input', async (t) => {
  const directory = t.testdir({
    'policy.yaml': 'version: 1\nrules: [{ namespaces: { names: [shop] }, names: ["ssm:/shop/**"] }]',
    'bad.yaml': `version: 1\nrules: [{ namespaces: {}, ${CANARY}: [] }]`,
  });
  const policy = ['--policy-file', join(directory, 'policy.yaml')];
  const text = deployment('latchkey.dev/env.A: ssm:/bank/a');

  t.match((await lintText(text, [...policy, '-n', 'shop'])).lines, [/^8: error: .*LK-POLICY/]);
  t.match((await lintText(text, policy)).lines, [/permits the namespace "default"/]);
  t.same((await lintText(text)).lines, []);
  await t.rejects(lintText(text, ['--policy-file', join(directory, 'bad.yaml')]), UsageError);
  await t.rejects(lintText(text, ['--policy-file', join(directory, 'none.yaml')]), UsageError);
});

t.test('a region that only the server knows is no problem', async (t) => {
  t.same((await lintText(deployment('latchkey.dev/env.A: ssm:/a'))).lines, []);
  t.match((await lintText(deployment('latchkey.dev/region: mars'))).lines, [/LK-REGION|LK-/]);
});

t.test('a failover region is never taken for the one that only the server knows', async (t) => {
  for (const failover of ['us-east-1', 'cn-north-1', 'us-gov-west-1', 'eu-west-2']) {
    const text = deployment(`latchkey.dev/env.A: ssm:/a\nlatchkey.dev/failover-region: ${failover}`);

    const named = await lintText(text, ['--region', failover]);

    t.same((await lintText(text)).lines, [], failover);
    t.match(named.lines, [/LK-REGION/]);
  }
});

t.test('all formats say the same, and no text of a manifest breaks out of them', async (t) => {
  const nasty = `x%0A::error::\u001B[31m,:\u202E`;
  const text = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${JSON.stringify(nasty)}\n  annotations:\n    ${JSON.stringify(`latchkey.dev/${nasty}`)}: ${JSON.stringify(nasty)}\n    latchkey.dev/env.A: "\\n::error::x"\nspec: { containers: [{ name: app }] }\n`;

  const plain = await lintText(text);
  const github = await lintText(text, ['-o', 'github']);
  const json = await lintText(text, ['-o', 'json']);

  t.equal(plain.lines.length, 2);
  t.equal(github.lines.length, 2);
  for (const line of github.lines)
    t.match(line, /^::error file=-,line=\d+,title=latchkey LK-[A-Z-]+::[^\n]*$/);
  for (const out of [plain.stdout, github.stdout, json.stdout]) t.notMatch(out, /\u001B|\u202E/u);
  t.match(github.stdout, '%250A', 'a percent sign is escaped');
  const parsed = JSON.parse(json.stdout) as { findings: { line: number; severity: string; code: string }[] };
  t.match(parsed.findings, [
    { line: 6, severity: 'error' },
    { line: 7, severity: 'error' },
  ]);
});

t.test('file names are escaped in workflow commands', async (t) => {
  const directory = t.testdir({ 'a,b:c%.yaml': deployment('latchkey.dev/env.A: ""') });

  const { stdout } = await runCommand(lint, ['-f', directory, '-o', 'github']);

  t.match(stdout, 'a%2Cb%3Ac%25.yaml,line=8,');
});

t.test('no text of a value or of the parser is printed', async (t) => {
  const texts = [
    deployment(`latchkey.dev/env.A: ${CANARY}`),
    deployment(`latchkey.dev/env: |\n  A: [${CANARY}`),
    deployment(`latchkey.dev/env: ${CANARY}`),
    `key: [${CANARY}`,
  ];

  for (const text of texts) {
    for (const format of ['text', 'json', 'github']) {
      const { code, stdout, stderr } = await lintText(text, ['-o', format]);
      t.equal(code, 1);
      t.notMatch(stdout + stderr, CANARY);
    }
  }
});

t.test('wrong use is told apart from findings', async (t) => {
  await t.rejects(runCommand(lint, []), { message: /--filename is missing/ });
  await t.rejects(runCommand(lint, ['-f', '/nowhere']), UsageError);
  await t.rejects(runCommand(lint, ['-f', '-', '-o', 'yaml']), UsageError);
  await t.rejects(runCommand(lint, ['-f', '-', '--filenam', 'x']), UsageError);
});
