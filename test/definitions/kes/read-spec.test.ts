import fc from 'fast-check';
import t from 'tap';
import { readKesSpec } from '../../../src/definitions/kes/read-spec.ts';
import type { ReadKesSpec } from '../../../src/definitions/kes/spec.ts';
import { describe } from '../../../src/errors.ts';
import type { Problem } from '../../../src/errors.ts';

function definition(spec: unknown): unknown {
  return { apiVersion: 'kubernetes-client.io/v1', kind: 'ExternalSecret', metadata: { name: 'db' }, spec };
}

function read(spec: unknown): ReadKesSpec {
  return readKesSpec(definition(spec));
}

function problemsOf(read: ReadKesSpec): readonly Problem[] {
  return read.kind === 'problems' ? read.problems : [];
}

function messages(read: ReadKesSpec): readonly string[] {
  return problemsOf(read).map(describe);
}

const DATA = [{ key: 'db', name: 'user' }];

t.test('an unknown field is named with the nearest known one', async (t) => {
  const [message] = messages(
    read({ backendType: 'secretsManager', data: [{ key: 'db', name: 'u', proprty: 'x' }] }),
  );

  t.equal(
    message,
    'ExternalSecret "db", spec.data[0].proprty: there is no field "proprty" [LK-DEFINITION]. Correct or remove it. Did you mean "property"?',
  );
});

t.test('a value of the wrong type is not printed', async (t) => {
  const [message] = messages(read({ backendType: 'secretsManager', data: DATA, roleArn: 31415926 }));

  t.equal(
    message,
    'ExternalSecret "db", spec.roleArn: it is a number, but must be text [LK-DEFINITION]. Put it into quotes.',
  );
});

t.test('another backend is refused with the way out, and nothing else of it is judged', async (t) => {
  const found = messages(read({ backendType: 'vault', vaultRole: 3, data: 'whatever' }));

  t.equal(found.length, 1);
  t.match(
    found[0],
    /backend vault \(HashiCorp Vault\) is not one of AWS .* leave this definition to the controller/,
  );
});

t.test('a backend in the wrong case is recognised', async (t) => {
  t.match(messages(read({ backendType: 'secretsmanager', data: DATA }))[0], 'Did you mean "secretsManager"?');
});

t.test('what is no definition says so', async (t) => {
  for (const object of [undefined, null, 3, 'text', [], new Map()]) {
    t.equal(readKesSpec(object).kind, 'problems');
  }
  const [identity, name] = problemsOf(
    readKesSpec({ kind: 'ExternalSecret', apiVersion: 'external-secrets.io/v1', spec: {} }),
  );
  t.match(identity, { field: 'apiVersion', remedy: /kubernetes-client\.io\/v1/ });
  t.match(name, { field: 'metadata.name' });
});

t.test('items carry what migrate needs: names, versions, and where they stand', async (t) => {
  const found = readKesSpec({
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db' },
    secretDescriptor: {
      backendType: 'secretManager',
      region: 'eu-west-1',
      properties: [{ key: 'db', name: 'user', property: 'user', versionStage: 'AWSPREVIOUS' }],
      dataFrom: ['all'],
    },
  });

  t.match(found, {
    kind: 'spec',
    spec: {
      name: 'db',
      backend: 'secretsManager',
      region: { value: 'eu-west-1', place: { field: 'secretDescriptor.region' } },
      data: [
        {
          kind: 'key',
          key: 'db',
          name: 'user',
          property: 'user',
          isBinary: false,
          version: { stage: 'AWSPREVIOUS' },
          place: {
            label: 'ExternalSecret "db", secretDescriptor.properties[0] (key user)',
            field: 'secretDescriptor.properties[0]',
          },
        },
      ],
      dataFrom: [{ kind: 'members', key: 'all', place: { field: 'secretDescriptor.dataFrom[0]' } }],
      type: { value: 'Opaque' },
      legacy: ['secretDescriptor', 'secretManager', 'properties'],
    },
  });
});

t.test(
  'a placeholder of an account is let through with a warning, other shapes of roles are not',
  async (t) => {
    const withRole = (roleArn: string) =>
      read({ backendType: 'systemManager', data: [{ path: '/a' }], roleArn });

    t.match(withRole('arn:aws:iam::11111111:role/my-service-role'), {
      kind: 'spec',
      spec: { warnings: [/8 digits/] },
    });
    t.match(withRole('arn:aws-cn:iam::111122223333:role/a/b'), { kind: 'spec', spec: { warnings: [] } });
    for (const role of [
      'my-service-role',
      'arn:aws:iam::1234567890123:role/long',
      'arn:aws:iam::11112222333:role/short',
      'arn:aws:iam::account:role/x',
      'arn:aws:iam:eu-west-1:111122223333:role/x',
      'arn:aws:iam::111122223333:role/',
      'arn:gcp:iam::111122223333:role/x',
      'arn:aws:sts::111122223333:assumed-role/x/y',
    ]) {
      t.match(problemsOf(withRole(role)), [{ code: 'LK-SYNTAX', field: 'spec.roleArn' }], role);
    }
  },
);

t.test('keys that every object has are fields like any other', async (t) => {
  const text = '{"backendType":"secretsManager","data":[],"__proto__":{"roleArn":1},"constructor":1}';

  t.same(
    problemsOf(read(JSON.parse(text))).map(({ field }) => field),
    ['spec.__proto__', 'spec.constructor'],
  );
});

t.test('of a mebibyte of slips only so many are told, and how many there are', async (t) => {
  const data = Array.from({ length: 9_999 }, (_, index) => ({
    kye: `k${index}`,
    nmae: `n${index}`,
    vresion: 1,
  }));

  const found = problemsOf(read({ backendType: 'secretsManager', data }));

  t.equal(found.length, 51);
  t.match(found.at(-1), { code: 'LK-LIMIT', message: 'and 39946 more problems' });
});

t.test('a list that is too long is one problem', async (t) => {
  const data = Array.from({ length: 10_001 }, () => 1);

  t.match(problemsOf(read({ backendType: 'secretsManager', data })), [
    { code: 'LK-LIMIT', field: 'spec.data', message: /10001 entries/ },
  ]);
});

t.test('long and unprintable text is cut and quoted', async (t) => {
  const evil = `\u001b[31m\u202e${'x'.repeat(1_000_000)}`;

  const found = messages(
    read({
      backendType: evil,
      [evil]: 1,
      data: [{ key: evil, name: evil }],
      dataFrom: [evil],
      region: evil,
      roleArn: evil,
    }),
  );

  t.ok(found.length >= 4);
  for (const message of found) {
    t.ok(message.length < 1000);
    t.notMatch(message, /[\u001b\u202e]/);
  }
});

t.test('nesting without end is no matter', async (t) => {
  let deep: unknown = 'x';
  for (let level = 0; level < 100_000; level += 1) deep = { a: [deep] };

  const found = read({
    backendType: 'secretsManager',
    data: [deep],
    template: { metadata: { labels: { a: deep } } },
    x: deep,
  });

  t.equal(found.kind, 'problems');
});

const FIELD = fc.constantFrom(
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'spec',
    'secretDescriptor',
    'backendType',
    'data',
    'properties',
    'dataFrom',
  ],
  ...[
    'dataFromWithOptions',
    'key',
    'name',
    'property',
    'path',
    'isBinary',
    'recursive',
    'versionId',
    'versionStage',
  ],
  ...[
    'roleArn',
    'region',
    'template',
    'type',
    'labels',
    'annotations',
    'stringData',
    'controllerId',
    '__proto__',
    'x',
  ],
);
const TEXT = fc.constantFrom(
  ...[
    'kubernetes-client.io/v1',
    'ExternalSecret',
    'secretsManager',
    'systemManager',
    'vault',
    '',
    'db',
    '/a/b',
    '/',
  ],
  ...[
    'arn:aws:iam::1:role/x',
    'arn:aws:ssm:eu-west-1:111122223333:parameter/x',
    'eu-west-1',
    '<%= data.a %>',
    '${',
  ],
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    TEXT,
    fc.string(),
    fc.constantFrom(null, true, false, 0, 1.5),
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(FIELD, tie('anything'), { maxKeys: 6 }),
  ),
}));

t.test('whatever stands there, it is a spec or problems with places', async (t) => {
  const well = fc.record({
    apiVersion: fc.constant('kubernetes-client.io/v1'),
    kind: fc.constant('ExternalSecret'),
    metadata: fc.constant({ name: 'db' }),
    spec: fc.record(
      {
        backendType: TEXT,
        data: fc.array(anything),
        dataFrom: fc.array(anything),
        dataFromWithOptions: fc.array(anything),
        template: anything,
        roleArn: anything,
      },
      { requiredKeys: ['backendType'] },
    ),
  });
  fc.assert(
    fc.property(fc.oneof(anything, well), (object) => {
      const found = readKesSpec(object);
      if (found.kind === 'spec') return;
      if (found.problems.some(({ code }) => code === 'LK-INTERNAL')) throw new Error('a bug');
      if (found.problems.some(({ message, remedy }) => message === '' || remedy === ''))
        throw new Error('no text');
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
