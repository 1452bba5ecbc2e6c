import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import * as migrate from '../../src/commands/migrate.ts';
import { writeFiles } from '../../src/commands/migrate/write-files.ts';
import { UsageError } from '../../src/config/usage-error.ts';
import { LatchkeyError } from '../../src/errors.ts';
import { DIFFERENCES } from '../../src/migrate/differences.ts';
import { runCommand } from '../support/run-command.ts';

const DEFINITION = `apiVersion: kubernetes-client.io/v1
kind: ExternalSecret
metadata:
  name: db
spec:
  backendType: systemManager
  data:
  - {key: /db, name: password}
`;

const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  template:
    spec:
      serviceAccountName: app
      containers:
      - name: app
        image: example.com/app:1
        env:
        - name: DB_PASSWORD
          valueFrom:
            secretKeyRef: {name: db, key: password}
`;

const BOTH = `${DEFINITION}---\n${WORKLOAD}`;

t.test('without --write the result is printed, the report apart from it', async (t) => {
  const { code, stdout, stderr } = await runCommand(migrate, ['-f', '-'], BOTH);

  t.equal(code, 0);
  t.ok(stdout.startsWith(DEFINITION), 'what does not change is as it was');
  t.match(stdout, /latchkey\.dev\/env\.DB_PASSWORD: ssm:\/db\n/);
  t.notMatch(stdout, 'secretKeyRef');
  t.match(stderr, /^-:\d+: converted: Deployment app: container app, env DB_PASSWORD: /m);
  t.match(stderr, /latchkey: 1 converted; 0 not converted\n$/);
});

t.test('several files become one stream of documents', async (t) => {
  const folder = t.testdir({ 'a.yaml': DEFINITION, 'b.yaml': WORKLOAD, 'c.yaml': `---\n${WORKLOAD}` });

  const { stdout } = await runCommand(migrate, ['-f', folder]);

  t.equal(stdout.match(/^---$/gm)?.length, 2);
});

t.test('-o diff prints what changes, -o json the report for programs', async (t) => {
  const diff = await runCommand(migrate, ['-f', '-', '-o', 'diff'], BOTH);
  const json = await runCommand(migrate, ['-f', '-', '-o', 'json'], BOTH);

  t.match(diff.stdout, /^--- -\t?\n\+\+\+ -\t?\n@@ /);
  t.match(diff.stdout, '\n-        - name: DB_PASSWORD\n');
  const { files, report } = JSON.parse(json.stdout) as { files: object[]; report: { status: string }[] };
  t.same(files, [{ file: '-', changed: true }]);
  t.match(report, [{}, {}, {}]);
  t.ok(report.some(({ status }) => status === 'converted'));
});

t.test('exit 1 when something stays, or could not be read', async (t) => {
  const kept = await runCommand(migrate, ['-f', '-'], BOTH.replace('key: password}', 'key: nope}'));
  const broken = await runCommand(migrate, ['-f', '-'], `${BOTH}---\na: {\n`);

  t.equal(kept.code, 1);
  t.match(kept.stderr, /not converted: .*makes no key "nope"/);
  t.equal(broken.code, 1);
  t.match(broken.stderr, /LK-SYNTAX/);
  t.match(broken.stderr, /a document of this file cannot be read, so that the file is left alone/);
  t.equal(broken.stdout, `${BOTH}---\na: {\n`);
});

t.test('the templates of a Helm chart are no manifests', async (t) => {
  const chart = `${DEFINITION}---\n${WORKLOAD.replace('spec:\n', '{{- if .Values.on }}\nspec:\n')}`;

  const { code, stdout } = await runCommand(migrate, ['-f', '-'], chart);

  t.equal(code, 1);
  t.equal(stdout, chart);
});

t.test('wrong use is said together', async (t) => {
  const wrong = (...args: string[]) => t.rejects(runCommand(migrate, args), UsageError, args.join(' '));

  await wrong();
  await wrong('-f', '-', '--write');
  await wrong('-f', '-', '--iam', '-o', 'diff');
  await wrong('-f', '-', '--iam', '--to', 'eso');
  await wrong('-f', '-', '--to', 'eso', '--drop-unused');
  await wrong('-f', '-', '--account-id', '12');
  await wrong('-f', '-', '--oidc-provider', 'https://a b');
  await wrong('-f', '-', '--intermediate-role', 'role');
  await wrong('-f', '-', '--to', 'vault');
  await wrong('-f', '/does/not/exist');
});

t.test('--write changes files in place, follows links and keeps modes', async (t) => {
  const folder = t.testdir({ 'definition.yaml': DEFINITION, real: { 'app.yaml': WORKLOAD } });
  chmodSync(join(folder, 'real/app.yaml'), 0o640);
  symlinkSync('real/app.yaml', join(folder, 'link.yaml'));

  const { code, stdout } = await runCommand(migrate, [
    '-f',
    join(folder, 'definition.yaml'),
    '-f',
    join(folder, 'link.yaml'),
    '--write',
  ]);

  t.equal(code, 0);
  t.equal(stdout, '');
  t.ok(lstatSync(join(folder, 'link.yaml')).isSymbolicLink());
  t.match(readFileSync(join(folder, 'real/app.yaml'), 'utf8'), 'latchkey.dev/env.DB_PASSWORD');
  t.equal(statSync(join(folder, 'real/app.yaml')).mode & 0o777, 0o640);
  t.same(readdirSync(join(folder, 'real')), ['app.yaml'], 'nothing is left beside it');
});

t.test('where one file cannot be written, none is', async (t) => {
  const folder = t.testdir({ 'one.yaml': 'one', 'two.yaml': 'two' });
  const [one, two] = [join(folder, 'one.yaml'), join(folder, 'two.yaml')];
  const changed = [
    { name: one, before: 'one', after: 'ONE' },
    { name: two, before: 'somebody changed it', after: 'TWO' },
  ];

  await t.rejects(writeFiles(changed), LatchkeyError);
  await t.rejects(
    writeFiles([...changed.slice(0, 1), { name: join(folder, 'gone'), before: '', after: '' }]),
  );

  t.equal(readFileSync(one, 'utf8'), 'one');
  t.same(readdirSync(folder), ['one.yaml', 'two.yaml']);
  await writeFiles(changed.slice(0, 1));
  t.equal(readFileSync(one, 'utf8'), 'ONE');
});

t.test('--drop-unused removes what nothing given uses, and says what it saw', async (t) => {
  const other = DEFINITION.replace('name: db', 'name: used');
  const pull = `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app}\nimagePullSecrets: [{name: used}]\n`;
  const text = `# Mine.\n${DEFINITION}---\n${other}---\n${WORKLOAD}---\n${pull}`;

  const { stdout, stderr } = await runCommand(migrate, ['-f', '-', '--drop-unused'], text);

  t.notMatch(stdout, /name: db$/m);
  t.match(stdout, /name: used$/m);
  t.match(
    stderr,
    /nothing in the file that was given uses its Secret: it is removed\. What stands elsewhere was not looked at/,
  );
  const again = await runCommand(migrate, ['-f', '-', '--drop-unused'], stdout);
  t.equal(again.stdout, stdout);
});

t.test('--drop-unused keeps what no pod is to use', async (t) => {
  const marked = DEFINITION.replace(
    'name: db',
    'name: repo\n  annotations: { latchkey.dev/materialize: "true" }',
  );
  const ofNamespace = DEFINITION.replace('name: db', 'name: cluster\n  namespace: argocd');
  const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: { name: argocd, labels: { latchkey.dev/adoption: materialize } }\n`;
  const text = [BOTH, marked, ofNamespace, namespace].join('---\n');

  const kept = await runCommand(migrate, ['-f', '-'], text);
  const { code, stdout, stderr } = await runCommand(migrate, ['-f', '-', '--drop-unused'], text);

  t.equal(code, 0, stderr);
  t.notMatch(stdout, /name: db$/m);
  t.match(stdout, /name: repo$/m);
  t.match(stdout, /name: cluster$/m);
  t.match(stderr, /ExternalSecret repo: .*kept without pods/);
  t.match(stderr, /ExternalSecret argocd\/cluster: .*kept without pods/);
  t.notMatch(kept.stderr, /ExternalSecret (?:repo|argocd)/, 'nothing advises to remove them');
});

t.test('--drop-unused wants to see workloads', async (t) => {
  const { code, stdout, stderr } = await runCommand(migrate, ['-f', '-', '--drop-unused'], DEFINITION);

  t.equal(code, 1);
  t.equal(stdout, DEFINITION);
  t.match(stderr, /not converted: .*no workload is among the manifests/);
});

t.test('a definition goes out of a List too, and the List with the last one', async (t) => {
  const items = (...list: object[]) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: list }, null, 2);
  const definition = (name: string) => ({
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name },
    spec: { backendType: 'systemManager', data: [{ key: '/a', name: 'a' }] },
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c' }] },
  };

  const some = await runCommand(
    migrate,
    ['-f', '-', '--drop-unused'],
    items(definition('one'), pod, definition('two')),
  );
  const all = await runCommand(
    migrate,
    ['-f', '-', '--drop-unused'],
    `${JSON.stringify(pod)}\n---\n${items(definition('one'), definition('two'))}\n`,
  );

  t.equal(some.stdout, `${items(pod)}\n`);
  t.equal(all.stdout, `${JSON.stringify(pod)}\n`);
});

t.test('--iam says what each service account needs, once for all of its pods', async (t) => {
  const account = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: app
  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/app'}
---
`;
  const flags = [
    '-f',
    '-',
    '--iam',
    '--region',
    'eu-central-1',
    '--oidc-provider',
    'https://oidc.example/id/1',
  ];

  const { stdout, stderr } = await runCommand(migrate, [...flags, '-o', 'json'], account + BOTH);
  const text = await runCommand(migrate, flags, account + BOTH);

  t.match(JSON.parse(stdout), {
    serviceAccounts: [
      {
        namespace: 'default',
        name: 'app',
        roles: [
          {
            roleArn: 'arn:aws:iam::111122223333:role/app',
            trustPolicy: {
              Version: '2012-10-17',
              Statement: [
                {
                  Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.example/id/1' },
                  Action: ['sts:AssumeRoleWithWebIdentity'],
                  Condition: {
                    StringEquals: {
                      'oidc.example/id/1:aud': 'sts.amazonaws.com',
                      'oidc.example/id/1:sub': 'system:serviceaccount:default:app',
                    },
                  },
                },
              ],
            },
            policy: {
              Statement: [
                {
                  Action: ['ssm:GetParameters'],
                  Resource: ['arn:aws:ssm:eu-central-1:111122223333:parameter/db'],
                },
                { Action: ['kms:Decrypt'] },
              ],
            },
          },
        ],
      },
    ],
  });
  t.notMatch(stderr, /stands for/);
  t.match(text.stdout, /# trust policy\n\{\n/);
  t.match(text.stdout, /data "aws_iam_policy_document" "default_app_policy" \{\n {2}statement \{/);
  t.match(text.stdout, /resources = \["arn:aws:ssm:eu-central-1:111122223333:parameter\/db"\]/);
});

t.test('--iam names what nobody said, and asks for it', async (t) => {
  const { stdout, stderr } = await runCommand(migrate, ['-f', '-', '--iam'], BOTH);

  t.match(stdout, 'arn:aws:ssm:REGION:ACCOUNT_ID:parameter/db');
  t.match(stderr, /ACCOUNT_ID stands for .*--account-id/);
  t.match(stderr, /OIDC_PROVIDER stands for .*--oidc-provider/);
  t.match(stderr, /REGION stands for .*--region/);
});

t.test('Terraform takes no text of ours for an expression', async (t) => {
  const manifest = WORKLOAD.replace(/ {8}env:[^]*/, '').replace(
    '    spec:\n',
    '    metadata:\n      annotations:\n        latchkey.dev/env.A: secretsmanager:a\n        latchkey.dev/assume-role-arn: arn:aws:iam::111122223333:role/x\n        latchkey.dev/external-id: id=,.@:/-\n    spec:\n',
  );

  const { stdout } = await runCommand(migrate, ['-f', '-', '--iam'], manifest);

  t.match(stdout, /sts:ExternalId/);
  t.notMatch(stdout, /[^$]\$\{/);
});

t.test('what a manifest says cannot move a terminal', async (t) => {
  const evil = '"\\e[31m\\u202e"';
  const text = BOTH.replace('name: password}', `name: password, property: ${evil}}`).replace(
    'kind: Deployment\nmetadata:\n  name: app',
    `kind: Deployment\nmetadata:\n  name: ${evil}`,
  );

  const { stderr, code } = await runCommand(migrate, ['-f', '-'], text);

  t.equal(code, 1);
  // eslint-disable-next-line no-control-regex
  t.notMatch(stderr, /[\u001b\u202e]/);
});

t.test('odd manifests are read to their end', async (t) => {
  for (const text of [
    '',
    '---\n---\n',
    'apiVersion: apps/v1\nkind: Deployment\n',
    DEFINITION.replace('name: db', 'name: [db]'),
    DEFINITION.replace(/spec:[^]*/, 'spec: 5\n'),
    BOTH.replace('containers:', 'containers: 5 #'),
    BOTH.replace('- name: app\n', '- name: 5\n'),
    WORKLOAD.replace('secretKeyRef: {name: db, key: password}', 'secretKeyRef:'),
    `${BOTH}---\n- a list\n---\njust text\n`,
  ]) {
    for (const to of ['annotations', 'eso']) {
      const { code, stdout } = await runCommand(
        migrate,
        ['-f', '-', '--to', to, '--region', 'eu-west-1'],
        text,
      );
      t.ok([0, 1].includes(code), JSON.stringify(text.slice(0, 80)));
      t.ok(stdout.length >= 0);
    }
  }
});

t.test('a template of thousands of uses is converted or refused in a moment', async (t) => {
  const many = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => `        - {name: V${index}, valueFrom: {secretKeyRef: {name: db, key: password}}}\n`,
    ).join('');
  const some = BOTH.replace(/ {8}- name: DB_PASSWORD[^]*/, many(900));
  const tooMany = BOTH.replace(/ {8}- name: DB_PASSWORD[^]*/, many(5000));

  t.equal((await runCommand(migrate, ['-f', '-'], some)).code, 0);
  const refused = await runCommand(migrate, ['-f', '-'], tooMany);
  t.equal(refused.code, 1);
  t.match(refused.stderr, /LK-LIMIT/);
});

t.test('every difference that there is begins in lower case, as a part of a sentence', async (t) => {
  for (const [name, text] of Object.entries(DIFFERENCES)) {
    t.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    t.match(text, /^(?:[a-z]|AWS)[^]*[^.]$/, name);
  }
});

t.test('a file that is changed keeps its name', async (t) => {
  const folder = t.testdir({ 'a.yaml': BOTH });
  writeFileSync(join(folder, 'notes.txt'), 'not a manifest');

  await runCommand(migrate, ['-f', folder, '--write']);

  t.ok(existsSync(join(folder, 'notes.txt')));
  t.same(readdirSync(folder), ['a.yaml', 'notes.txt']);
});
