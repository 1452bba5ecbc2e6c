import fc from 'fast-check';
import t from 'tap';
import { describe } from '../../src/errors.ts';
import { makePlan } from '../../src/request/make-plan.ts';
import type { Plan } from '../../src/request/plan.ts';
import { skipAtSight } from '../../src/request/skip.ts';
import { dataKey } from '../../src/request/slot.ts';
import { anyText, app, defaults, planFor, planned, podOf, problemsFor, shortly } from './support.ts';

function addresses(plan: Plan): readonly unknown[] {
  return plan.items.flatMap(({ slot, template }) =>
    template.flatMap((part) =>
      typeof part === 'string' ? [] : [[dataKey(slot), part.address.region, part.address.name]],
    ),
  );
}

t.test('a pod that asks for nothing, or opted out, is skipped with the reason', async (t) => {
  const asking = { 'env.A': 'ssm:/a' };
  const rows = [
    [planned(podOf({})), 'asks for nothing'],
    [planned({ metadata: {}, spec: { containers: [app] } }), 'asks for nothing'],
    [planned(podOf({ status: '{}', 'in-place': '[]' })), 'asks for nothing'],
    [planned(podOf({ 'mount-path': '/x' })), 'asks for nothing, though it has settings'],
    [
      planned(podOf({ ...asking, injection: 'disabled' })),
      "the pod's annotation latchkey.dev/injection is disabled",
    ],
    [
      planned({
        ...podOf(asking),
        metadata: { ...podOf(asking).metadata, labels: { 'latchkey.dev/injection': 'disabled' } },
      }),
      "the pod's label latchkey.dev/injection is disabled",
    ],
    [
      planned(podOf(asking), { namespaceAnnotations: { 'latchkey.dev/injection': 'disabled' } }),
      "the namespace's annotation latchkey.dev/injection is disabled",
    ],
    [
      planned(podOf(asking), { namespaceLabels: { 'latchkey.dev/injection': 'disabled' } }),
      "the namespace's label latchkey.dev/injection is disabled",
    ],
  ] as const;
  for (const [result, reason] of rows) t.strictSame(result, { kind: 'skip', reason });
  t.equal(planned(podOf({ ...asking, injection: 'enabled' })).kind, 'plan');
});

t.test('both forms of env and files become items, sorted by slot', async (t) => {
  const plan = planFor(
    podOf({
      'file.tls.key': 'secretsmanager:tls#key',
      env: 'Z: ssm:/z\nB: "x ((ssm:/b)) y"\n',
      'env.A': 'ssm:/a',
      files: 'certs/ca.pem: ssm:/ca?mode=0400\n/etc/app/x: ssm:/x\n',
    }),
  );

  t.strictSame(
    plan.items.map(({ slot, place }) => [dataKey(slot), place.label, place.field]),
    [
      ['env.A', 'env A', 'metadata.annotations[latchkey.dev/env.A]'],
      ['env.B', 'env B', 'metadata.annotations[latchkey.dev/env]'],
      ['env.Z', 'env Z', 'metadata.annotations[latchkey.dev/env]'],
      ['file._2fetc_2fapp_2fx', 'file /etc/app/x', 'metadata.annotations[latchkey.dev/files]'],
      ['file.certs_2fca.pem', 'file certs/ca.pem', 'metadata.annotations[latchkey.dev/files]'],
      ['file.tls.key', 'file tls.key', 'metadata.annotations[latchkey.dev/file.tls.key]'],
    ],
  );
  t.match(plan.items[4], { slot: { kind: 'file', path: 'certs/ca.pem', mode: 0o400 } });
  t.strictSame(plan.items[1]?.template, [
    'x ',
    { text: 'ssm:/b', address: { store: 'ssm', region: 'eu-central-1', name: '/b' } },
    ' y',
  ]);
  t.strictSame(plan.targets, ['app']);
  t.match(plan, {
    delivery: 'secret',
    mountPath: '/var/run/secrets/latchkey',
    fileMode: 0o444,
    preflight: 'warn',
  });
});

t.test('a file mode that is the default is no difference', async (t) => {
  const plan = planFor(podOf({ 'file-mode': '0400', files: 'a: ssm:/a?mode=0400' }));

  t.equal(plan.fileMode, 0o400);
  t.strictSame(plan.items[0]?.slot, { kind: 'file', path: 'a' });
});

t.test('every problem of a pod is in one answer, each with its place', async (t) => {
  const problems = problemsFor(
    podOf({
      'env.A': 'smm:/a',
      'env.B': 'postgres://app:hunter2@db',
      'env.C': '((ssm:/c?versoin=1)) ((ssm:/d)',
      'env.D': '((ssm:a/b)) ((ssm:/x#))',
      'env.1E': 'ssm:/e',
      env: 'F: [x]',
      'file.a': 'ssm:/a?mode=4755',
      'evn.G': 'ssm:/g',
      mountpath: '/x',
      'mount-path': '/proc/x',
      'file-mode': '777',
      delivery: 'memroy',
      region: 'eu',
      'failover-region': 'us',
      'assume-role-arn': 'arn:aws:iam::1:role/x',
      'external-id': 'a b',
      refresh: '5m',
      'on-change': 'restart',
      preflight: 'of',
      containers: 'ap',
      injection: 'disable',
      prefix: '/x',
      'env-from': 'ssm:/shop/*\nssm:/one?default=x',
    }),
  );

  t.strictSame(shortly(problems).toSorted(), [
    'LK-CONTAINER annotation latchkey.dev/containers',
    'LK-LATER annotation latchkey.dev/on-change',
    'LK-LATER annotation latchkey.dev/refresh',
    'LK-MODE annotation latchkey.dev/file-mode',
    'LK-MODE file a',
    'LK-NAME annotation latchkey.dev/mount-path',
    'LK-NAME env 1E',
    'LK-NO-REFERENCE env B',
    'LK-REGION annotation latchkey.dev/failover-region',
    'LK-REGION annotation latchkey.dev/region',
    'LK-SYNTAX annotation latchkey.dev/assume-role-arn',
    'LK-SYNTAX annotation latchkey.dev/env',
    'LK-SYNTAX annotation latchkey.dev/external-id',
    'LK-SYNTAX env C',
    'LK-SYNTAX env D',
    'LK-SYNTAX env D',
    'LK-SYNTAX env-from',
    'LK-UNKNOWN annotation latchkey.dev/delivery',
    'LK-UNKNOWN annotation latchkey.dev/evn.G',
    'LK-UNKNOWN annotation latchkey.dev/injection',
    'LK-UNKNOWN annotation latchkey.dev/mountpath',
    'LK-UNKNOWN annotation latchkey.dev/prefix',
    'LK-UNKNOWN annotation latchkey.dev/preflight',
    'LK-UNKNOWN env A',
  ]);
  const text = problems.map(describe).join('\n');
  t.match(text, /Did you mean "latchkey\.dev\/env\.G"/);
  t.match(text, /Did you mean "latchkey\.dev\/mount-path"/);
  t.match(text, /Did you mean "memory"/);
  t.match(text, /Did you mean "disabled"/);
  t.match(text, /Did you mean "off"/);
  t.match(text, /Did you mean "app"/);
  t.match(text, /belongs to the namespace/);
  t.notMatch(text, /hunter2/);
  t.ok(problems.every(({ remedy }) => remedy.endsWith('.') || remedy.endsWith('?')));
});

t.test(
  'the region is that of the reference, the pod, the namespace or the operator, in this order',
  async (t) => {
    const pod = podOf({
      region: 'us-east-2',
      'env.A': 'ssm:/a',
      'env.B': 'ssm:/b?region=eu-west-1',
      'env.C': 'arn:aws:ssm:ap-south-1:111122223333:parameter/c',
    });

    t.strictSame(addresses(planFor(pod)), [
      ['env.A', 'us-east-2', '/a'],
      ['env.B', 'eu-west-1', '/b'],
      ['env.C', 'ap-south-1', 'arn:aws:ssm:ap-south-1:111122223333:parameter/c'],
    ]);
    const bare = podOf({ 'env.A': 'ssm:/a' });
    t.strictSame(addresses(planFor(bare, { namespaceAnnotations: { 'latchkey.dev/region': 'sa-east-1' } })), [
      ['env.A', 'sa-east-1', '/a'],
    ]);
    t.strictSame(addresses(planFor(bare)), [['env.A', 'eu-central-1', '/a']]);
  },
);

t.test('no region at all is one problem that names every way to say one', async (t) => {
  const { region: _region, ...noRegion } = defaults;
  const result = makePlan(
    podOf({ 'env.A': 'ssm:/a', 'env.B': 'ssm:/b', 'env.C': 'ssm:/c?region=eu-west-1' }),
    noRegion,
  );

  t.match(result, {
    kind: 'problems',
    problems: [{ code: 'LK-REGION', message: /2 references/, remedy: /\?region=.*pod.*namespace.*--region/ }],
  });
  t.match(makePlan(podOf({ 'env.A': 'ssm:/a', region: 'eu' }), noRegion), { problems: { length: 1 } });
  t.match(
    makePlan(podOf({ 'env.A': 'ssm:/a' }), {
      ...noRegion,
      namespaceAnnotations: { 'latchkey.dev/region': 'x' },
    }),
    { problems: [{ field: 'namespace.metadata.annotations[latchkey.dev/region]' }] },
  );
});

t.test('failover region and role agree with every region of use', async (t) => {
  const role = 'arn:aws:iam::111122223333:role/path/reader';
  const good = planFor(
    podOf({
      'env.A': 'ssm:/a',
      'failover-region': 'eu-west-1',
      'assume-role-arn': role,
      'external-id': 'latchkey/shop',
    }),
  );
  t.match(good, { failoverRegion: 'eu-west-1', assumeRoleArn: role, externalId: 'latchkey/shop' });

  const rows: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'failover-region': 'eu-central-1' }, /which is the failover region/],
    [{ 'failover-region': 'cn-north-1' }, /not in the partition/],
    [{ 'assume-role-arn': 'arn:aws-cn:iam::111122223333:role/x' }, /partition aws-cn/],
    [{ 'external-id': 'x1' }, /without a role/],
  ];
  for (const [annotations, message] of rows) {
    t.match(problemsFor(podOf({ 'env.A': 'ssm:/a', ...annotations })), [{ message }]);
  }
});

t.test('a role whose account is a placeholder is a warning', async (t) => {
  const withRole = (account: string) =>
    planned(podOf({ 'env.A': 'ssm:/a', 'assume-role-arn': `arn:aws:iam::${account}:role/my-service-role` }));

  t.strictSame(withRole('111122223333'), { ...withRole('111122223333'), warnings: [] });
  t.match(withRole('11111111'), {
    kind: 'plan',
    warnings: [/^annotation latchkey.dev\/assume-role-arn: the role's account is a placeholder of 8 digits/],
  });
});

t.test('a relative name stands below the prefix of the namespace', async (t) => {
  const pod = podOf({
    'env.A': 'ssm:./A',
    'env.B': 'secretsmanager:./db',
    'env-from': 'ssm:./*\nssm:./x/**',
  });
  const names = (prefix: string) => {
    const plan = planFor(pod, { namespaceAnnotations: { 'latchkey.dev/prefix': prefix } });
    return [...addresses(plan).flat(), ...plan.bulks.map(({ source }) => source.address.name)].filter(
      (text) => String(text).includes('staging'),
    );
  };

  t.strictSame(names('/staging/app'), [
    '/staging/app/A',
    '/staging/app/db',
    '/staging/app',
    '/staging/app/x',
  ]);
  t.strictSame(names('staging/app/'), ['/staging/app/A', 'staging/app/db', '/staging/app', '/staging/app/x']);
  t.match(problemsFor(podOf({ 'env.A': 'ssm:./A' })), [
    { code: 'LK-SYNTAX', message: /latchkey\.dev\/prefix/, place: 'env A' },
  ]);
  t.match(problemsFor(pod, { namespaceAnnotations: { 'latchkey.dev/prefix': '/a/../b' } }), [
    { code: 'LK-SYNTAX', field: 'namespace.metadata.annotations[latchkey.dev/prefix]' },
  ]);
});

t.test('delivery is what the pod, the namespace or the operator says, in this order', async (t) => {
  const namespaceAnnotations = { 'latchkey.dev/default-delivery': 'memory' };
  t.equal(planFor(podOf({ 'env.A': 'ssm:/a' })).delivery, 'secret');
  t.equal(planFor(podOf({ 'env.A': 'ssm:/a' }), { namespaceAnnotations }).delivery, 'memory');
  t.equal(
    planFor(podOf({ 'env.A': 'ssm:/a', delivery: 'plaintext' }), { namespaceAnnotations }).delivery,
    'plaintext',
  );
});

t.test('many values keep their order, and must be nameable', async (t) => {
  const plan = planFor(
    podOf({
      'env-from': '\nssm:/b/**?prefix=B_\n secretsmanager:a?keys=x,y&case=upper \n',
      'files-from': 'ssm:/f/*',
    }),
  );

  t.match(plan.bulks, [
    { kind: 'env', prefix: 'B_', source: { address: { name: '/b', below: 'all-levels' } } },
    { kind: 'env', case: 'upper', keys: ['x', 'y'], source: { address: { name: 'a' } } },
    { kind: 'file', source: { address: { name: '/f', below: 'one-level' } } },
  ]);
  const rows: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ 'env-from': 'secretsmanager:a?keys=a-b' }, 'LK-NAME'],
    [{ 'env-from': 'secretsmanager:a?prefix=1' }, 'LK-NAME'],
    [{ 'env-from': 'secretsmanager:a?keys=a,A&case=upper' }, 'LK-CONFLICT'],
    [{ 'env-from': 'ssm:/a/*?keys=x%2Fy,x-y' }, 'LK-CONFLICT'],
    [{ 'files-from': 'secretsmanager:a?keys=..%2Fx' }, 'LK-NAME'],
    [{ 'files-from': 'secretsmanager:a?prefix=/etc/' }, 'LK-NAME'],
    [{ 'env-from': ' \n ' }, 'LK-NO-REFERENCE'],
    [{ 'env-from': 'hunter2' }, 'LK-SYNTAX'],
  ];
  for (const [annotations, code] of rows) {
    t.strictSame(
      problemsFor(podOf(annotations)).map((problem) => problem.code),
      [code],
      JSON.stringify(annotations),
    );
  }
});

t.test('with delivery memory the names of variables must be known', async (t) => {
  t.match(problemsFor(podOf({ 'env-from': 'ssm:/a/*', delivery: 'memory' })), [
    { code: 'LK-FEATURE', remedy: /keys=/ },
  ]);
  t.equal(planned(podOf({ 'env-from': 'ssm:/a/*?keys=x', delivery: 'memory' })).kind, 'plan');
  t.equal(planned(podOf({ 'files-from': 'ssm:/a/*', delivery: 'memory' })).kind, 'plan');
});

t.test('what is asked for twice names both places', async (t) => {
  t.match(problemsFor(podOf({ 'env.A': 'ssm:/a', env: 'B: ssm:/b\nA: ssm:/a' })), [
    { code: 'LK-CONFLICT', place: 'env A', message: /latchkey\.dev\/env\.A\]/ },
  ]);
  t.match(problemsFor(podOf({ env: 'A: ssm:/b\nA: ssm:/a' })), [
    { code: 'LK-CONFLICT', message: /latchkey\.dev\/env\], line 1/ },
  ]);
  const rows: readonly (readonly [string, RegExp])[] = [
    ['a: ssm:/a\na/b: ssm:/b', /a file and a directory/],
    ['a/b/c: ssm:/a\na/b: ssm:/b', /a file and a directory/],
    ['Config: ssm:/a\nconfig: ssm:/b', /differs in case only/],
    ['A/x: ssm:/a\na: ssm:/b', /a file and a directory/],
    ['/x/a: ssm:/a\n/x/a: ssm:/b', /also asked for/],
  ];
  for (const [files, message] of rows) {
    t.match(problemsFor(podOf({ files })), [{ code: 'LK-CONFLICT', message }], files);
  }
  t.equal(planned(podOf({ files: 'a/x: ssm:/a\na/y: ssm:/b\nab: ssm:/c' })).kind, 'plan');
});

t.test('a variable that the container sets is never overwritten', async (t) => {
  const env = [
    { name: 'OTHER', value: 'x' },
    { name: 'A', value: 'x' },
  ];
  const pod = podOf({ 'env.A': 'ssm:/a' }, { containers: [{ ...app, env }] });

  t.match(problemsFor(pod), [
    {
      code: 'LK-CONFLICT',
      place: 'env A',
      field: 'metadata.annotations[latchkey.dev/env.A]',
      message: /"app".*spec\.containers\[0\]\.env\[1\]/,
    },
  ]);
  t.equal(
    planned({
      ...pod,
      metadata: { annotations: { ...pod.metadata.annotations, 'latchkey.dev/containers': 'b' } },
      spec: { containers: [{ ...app, env }, { name: 'b' }] },
    }).kind,
    'plan',
  );
});

t.test('containers are all but those that the operator skips, or those that are named', async (t) => {
  const spec = {
    initContainers: [{ name: 'migrate' }, { name: 'latchkey-fetch' }],
    containers: [app, { name: 'istio-proxy' }, { name: 'worker' }],
  };
  const targets = (annotations: Readonly<Record<string, string>>) =>
    planFor(podOf({ 'env.A': 'ssm:/a', ...annotations }, spec)).targets;

  t.strictSame(targets({}), ['migrate', 'app', 'worker']);
  t.strictSame(targets({ containers: 'worker, istio-proxy,worker' }), ['istio-proxy', 'worker']);
  t.strictSame(
    planFor(podOf({}, { containers: [{ ...app, env: [{ name: 'A', value: 'latchkey:ssm:/a' }] }] })).targets,
    [],
  );
  const wrong = (containers: string) => problemsFor(podOf({ 'env.A': 'ssm:/a', containers }, spec))[0];
  t.match(wrong('wroker'), { code: 'LK-CONTAINER', remedy: /Did you mean "worker"/ });
  t.match(wrong(''), { code: 'LK-CONTAINER', message: /empty/ });
  t.match(wrong('latchkey-fetch'), { code: 'LK-CONTAINER' });
  t.match(problemsFor(podOf({ 'env.A': 'ssm:/a' }, { containers: [{ name: 'istio-proxy' }] })), [
    { code: 'LK-CONTAINER', message: /skips every/ },
  ]);
});

t.test('in a pod that carries our delivery, the targets are exactly those that carry it', async (t) => {
  const ours = { name: 'A', valueFrom: { secretKeyRef: { name: 'latchkey-app-x', key: 'env.A' } } };
  const mount = { name: 'latchkey-files', mountPath: '/var/run/secrets/latchkey' };
  const spec = {
    containers: [{ ...app, env: [ours] }, { name: 'sidecar' }, { name: 'b', volumeMounts: [mount] }],
  };

  t.strictSame(planFor(podOf({ 'env.A': 'ssm:/a' }, spec)).targets, ['app', 'b']);
});

t.test('files go where no other mount of their containers is', async (t) => {
  const mounts = [
    { name: 'data', mountPath: '/data/in' },
    { name: 'latchkey-files', mountPath: '/var/run/secrets/latchkey' },
  ];
  const spec = {
    containers: [
      { ...app, volumeMounts: mounts },
      { name: 'b', volumeMounts: [{ name: 'x', mountPath: '/b' }] },
    ],
  };
  const found = (annotations: Readonly<Record<string, string>>) => {
    const result = planned(podOf({ containers: 'app', ...annotations }, spec));
    return result.kind === 'problems' ? shortly(result.problems) : result.kind;
  };

  t.equal(found({ 'file.a': 'ssm:/a' }), 'plan');
  t.equal(found({ 'file.a': 'ssm:/a', 'mount-path': '/b' }), 'plan');
  t.equal(found({ 'env.A': 'ssm:/a', 'mount-path': '/data' }), 'plan');
  for (const path of ['/data', '/data/in', '/data/in/x']) {
    t.strictSame(
      found({ 'file.a': 'ssm:/a', 'mount-path': path }),
      ['LK-CONFLICT annotation latchkey.dev/mount-path'],
      path,
    );
    t.strictSame(found({ files: `${path}: ssm:/a` }), [`LK-CONFLICT file ${path}`], path);
  }
  t.strictSame(found({ files: 'a: ssm:/a\n/var/run/secrets/latchkey/b: ssm:/b' }), [
    'LK-CONFLICT file /var/run/secrets/latchkey/b',
  ]);
  t.equal(found({ files: '/etc/app/b: ssm:/b' }), 'plan');
});

t.test('names that begin with latchkey- are ours or refused', async (t) => {
  const pod = podOf(
    { 'env.A': 'ssm:/a' },
    {
      containers: [app, { name: 'latchkey-mine' }],
      volumes: [
        { name: 'latchkey-x', emptyDir: {} },
        { name: 'latchkey-files', secret: {} },
        { name: 'data' },
      ],
    },
  );

  t.strictSame(shortly(problemsFor(pod)), [
    'LK-RESERVED container latchkey-mine',
    'LK-RESERVED volume latchkey-x',
  ]);
});

t.test('hostile names and values are answered, safely to print', async (t) => {
  const names = [
    'a~1b',
    'a/b',
    '..',
    'a\nb',
    'a\0b',
    'a"b',
    '\u001b[31mred',
    '$(A)',
    '__proto__',
    'constructor',
    "'",
    '`x`',
    '\u202e',
  ];
  for (const name of names) {
    const annotations = { [`env.${name}`]: 'ssm:/a', [`file.${name}`]: 'ssm:/a', [name]: 'x' };
    const result = planned(podOf(annotations));

    const text =
      result.kind === 'problems'
        ? result.problems.map((each) => `${describe(each)} ${each.field}`).join('\n')
        : '';
    t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u, JSON.stringify(name));
  }
  const proto = planFor(
    podOf({ env: '__proto__: ssm:/a', 'env.constructor': 'ssm:/b', files: '__proto__: ssm:/c' }),
  );
  t.strictSame(
    proto.items.map(({ slot }) => dataKey(slot)),
    ['env.__proto__', 'env.constructor', 'file._5f_5fproto_5f_5f'],
  );
});

t.test('an annotation name that the API server refuses points to the block form', async (t) => {
  const rows = [`env.${'A'.repeat(60)}`, 'env.A_', `file.${'a'.repeat(59)}`, 'file.a/b'];
  for (const name of rows)
    t.match(problemsFor(podOf({ [name]: 'ssm:/a' })), [{ code: 'LK-NAME', remedy: /block form/ }], name);
  t.equal(planned(podOf({ env: `${'A'.repeat(300)}: ssm:/a` })).kind, 'plan');
});

t.test('500 references are planned; 1001, or more text than Kubernetes allows, are refused', async (t) => {
  const block = (count: number) =>
    Array.from({ length: count }, (_, index) => `N_${index}: ssm:/shop/n-${index}`).join('\n');

  t.equal(planFor(podOf({ env: block(500) })).items.length, 500);
  t.equal(planFor(podOf({ env: block(1000) })).items.length, 1000);
  t.strictSame(shortly(problemsFor(podOf({ env: block(1001) }))), ['LK-LIMIT pod']);
  t.strictSame(shortly(problemsFor(podOf({ 'env.A': '((ssm:/a))'.repeat(20_000) }))), ['LK-LIMIT pod']);
  t.strictSame(shortly(problemsFor(podOf({ env: `A: ssm:/a # ${'x'.repeat(256 * 1024)}` }))), [
    'LK-LIMIT annotations',
  ]);
  t.equal(planned(podOf({ env: `A: ssm:/a\n# ${'x'.repeat(255 * 1024)}` })).kind, 'plan');
});

t.test('no annotation makes the planner throw, and a glance that skips agrees with the plan', async () => {
  const pieces = fc.constantFrom(
    'env',
    'env.A',
    'file.a',
    'files',
    'env-from',
    'in-place',
    'status',
    'delivery',
    'containers',
    'region',
  );
  const values = fc.oneof(
    anyText,
    fc.constantFrom(
      'ssm:/a',
      '((ssm:/a',
      'A: ssm:/a',
      '{"app":{"A":["ssm:/a"]}}',
      '{"version":1,"delivery":"plaintext","plan":"x"}',
      '[',
      'null',
    ),
  );
  fc.assert(
    fc.property(
      fc.dictionary(pieces, values, { maxKeys: 4 }),
      fc.string(),
      values,
      (annotations, name, value) => {
        const pod = podOf(annotations, { containers: [{ name: 'app', env: [{ name, value }] }] });
        const result = planned(pod);
        const reason = skipAtSight(pod);
        return reason === undefined || (result.kind === 'skip' && result.reason === reason);
      },
    ),
    { numRuns: 500 },
  );
});
