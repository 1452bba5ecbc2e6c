import t from 'tap';

import { readDocuments } from '../../src/manifests/documents.ts';
import { objectsOf, titleOf } from '../../src/manifests/objects.ts';
import { podTemplateOf } from '../../src/manifests/pod-templates.ts';

const CANARY = 'canary-hunter2';

function objects(text: string) {
  return readDocuments(text, 'f.yaml').documents.flatMap(objectsOf);
}

t.test('every document of a file is read, with the lines of its parts', async (t) => {
  const text = [
    '# a comment',
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: a',
    '  annotations:',
    '    latchkey.dev/env.A: ssm:/a',
    'spec:',
    '  containers:',
    '    - name: x',
    '      env:',
    '        - name: ONE',
    '          value: "1"',
    '---',
    '# nothing',
    '---',
    '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}',
  ].join('\n');

  const [pod, namespace] = objects(text);

  t.equal(pod?.lineOf(['metadata', 'annotations', 'latchkey.dev/env.A']), 7);
  t.equal(pod?.lineOf(['spec', 'containers', 0, 'env', 0, 'value']), 13);
  t.equal(pod?.lineOf(['spec', 'containers', 0, 'nothing', 'here']), 10, 'as far as the path goes');
  t.equal(pod?.sourceOf(['spec', 'containers', 0, 'env', 0, 'value']), '"1"');
  t.equal(pod?.sourceOf(['spec']), undefined);
  t.equal(namespace?.lineOf(['metadata', 'name']), 17);
  t.equal(pod && titleOf(pod), 'Pod a');
});

t.test('a number that begins with 0 is of base 8, as kubectl reads it', async (t) => {
  const text =
    'kind: Pod\nspec: { a: 0400, b: -0400, c: 0o400, d: 400, e: "0400", f: 0, g: 0800, h: 00, i: 0.5, j: +07 }';

  const [pod] = objects(text);

  t.strictSame(pod?.value['spec'], {
    ...{ a: 256, b: -256, c: 256, d: 400, e: '0400', f: 0, g: 800, h: 0, i: 0.5, j: 7 },
  });
});

t.test('items of lists are objects, at their own lines, not without end', async (t) => {
  const [first, second] = objects(
    'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - {kind: Deployment, metadata: {name: b, namespace: n}}\n- 5\n- null\n',
  );
  const deep = Array.from({ length: 20 }).reduce<object>((inner) => ({ kind: 'List', items: [inner] }), {
    kind: 'Pod',
  });

  t.equal(first?.lineOf(['metadata', 'name']), 4);
  t.equal(second && titleOf(second), 'Deployment n/b');
  t.equal(second?.lineOf(['metadata']), 8);
  t.same(objects(JSON.stringify(deep)), []);
});

t.test('aliases and merge keys are followed, also for lines', async (t) => {
  const [pod] = objects(
    'base: &b\n  latchkey.dev/env.A: ssm:/a\nkind: Pod\nmetadata:\n  annotations:\n    <<: *b\n    c: d\n  labels: *b\n',
  );

  t.match(pod?.value, { metadata: { annotations: { 'latchkey.dev/env.A': 'ssm:/a', c: 'd' } } });
  t.equal(pod?.lineOf(['metadata', 'labels', 'latchkey.dev/env.A']), 2);
});

t.test(
  'a broken document is a finding with its line and without its text; its neighbours are read',
  async (t) => {
    const text = `kind: Pod\nmetadata: {name: a}\n---\nkey: [${CANARY}\n---\nkind: Pod\nmetadata: {name: b}\n`;

    const { documents, findings } = readDocuments(text, 'f.yaml');

    t.equal(documents.length, 2);
    t.match(findings, [
      { file: 'f.yaml', line: Number, problem: { code: 'LK-SYNTAX', message: /not valid YAML/ } },
    ]);
    t.notMatch(JSON.stringify(findings), CANARY);
  },
);

t.test('hostile documents end in findings, never in a crash or a quotation', async (t) => {
  const bombs = [
    `${'['.repeat(50_000)}${CANARY}`,
    `a: &a [${CANARY}, *a]`,
    `a: &a {b: &b {c: *a}, d: *b}`,
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
      .map(
        (key, index) =>
          `${key}: &${key} [${Array.from({ length: 10 })
            .fill(`*${'abcdefg'[index] ?? ''}`)
            .join(',')}]`,
      )
      .join('\n')}`,
    `a: &a [${'x,'.repeat(1000)}]\nb: [${'*a,'.repeat(900)}]`,
    `${CANARY}: 1\n${CANARY}: 2`,
    `a: !!binary ${CANARY}\nb: *missing`,
    `{"a": ${'{"b":'.repeat(300)}1${'}'.repeat(300)}}`,
    'x'.repeat(33 * 1024 * 1024),
  ];

  for (const bomb of bombs) {
    const { documents, findings } = readDocuments(bomb, '-');
    t.same(documents, [], bomb.slice(0, 30));
    t.ok(findings.length > 0);
    t.notMatch(JSON.stringify(findings), CANARY);
  }
});

t.test('keys that every object inherits are keys like any other', async (t) => {
  const [pod] = objects('{"kind":"Pod","metadata":{"annotations":{"__proto__":"a","constructor":"b"}}}');

  t.same(JSON.stringify(pod?.value['metadata']), '{"annotations":{"__proto__":"a","constructor":"b"}}');
  t.equal(pod?.lineOf(['metadata', 'annotations', '__proto__']), 1);
});

t.test('an empty file and what is no object hold nothing', async (t) => {
  for (const text of ['', '---\n---\n', 'just text', '[1, 2]', 'kind: 5', 'apiVersion: v1']) {
    t.same(objects(text), [], text);
  }
});

t.test('templates are found in every kind that makes pods, and in no other', async (t) => {
  const template = { metadata: { labels: {} }, spec: { containers: [] } };
  const spec = { template };
  const kinds: readonly (readonly [string, string, object, string])[] = [
    ['v1', 'Pod', template, ''],
    ['v1', 'PodTemplate', { template }, 'template'],
    ['v1', 'ReplicationController', { spec }, 'spec.template'],
    ['apps/v1', 'Deployment', { spec }, 'spec.template'],
    ['apps/v1', 'ReplicaSet', { spec }, 'spec.template'],
    ['apps/v1', 'StatefulSet', { spec }, 'spec.template'],
    ['apps/v1', 'DaemonSet', { spec }, 'spec.template'],
    ['batch/v1', 'Job', { spec }, 'spec.template'],
    ['batch/v1', 'CronJob', { spec: { jobTemplate: { spec } } }, 'spec.jobTemplate.spec.template'],
    ['argoproj.io/v1alpha1', 'Rollout', { spec }, 'spec.template'],
  ];
  const find = (apiVersion: string, kind: string, body: object) => {
    const [object] = objects(JSON.stringify({ apiVersion, kind, ...body }));
    return object && podTemplateOf(object);
  };

  for (const [apiVersion, kind, body, path] of kinds) {
    t.equal(find(apiVersion, kind, body)?.path.join('.'), path, kind);
  }
  t.equal(find('example.com/v1', 'Deployment', { spec }), undefined, 'of another group');
  t.equal(find('v1', 'Service', { spec }), undefined);
  t.equal(find('apps/v1', 'Deployment', {}), undefined);
  t.equal(find('argoproj.io/v1alpha1', 'Rollout', { spec: { workloadRef: {} } }), undefined);
});
