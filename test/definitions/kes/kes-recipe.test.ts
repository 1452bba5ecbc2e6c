import fc from 'fast-check';
import t from 'tap';
import { kesRecipe } from '../../../src/definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../../../src/definitions/kes/read-spec.ts';
import type {
  Composed,
  DefinitionContext,
  Ingredients,
  ReadDefinition,
  Recipe,
} from '../../../src/definitions/recipe.ts';
import { describe, LatchkeyError } from '../../../src/errors.ts';
import type { Problem } from '../../../src/errors.ts';
import type { Fetched, Member } from '../../../src/request/evaluate.ts';
import type { Address } from '../../../src/request/plan.ts';
import { SecretValue } from '../../../src/secret-value.ts';
import { CONTEXT, REFERENCE } from './fixture.ts';

type Json = Readonly<Record<string, unknown>>;

function make(spec: Json, context: Partial<DefinitionContext> = {}): ReadDefinition {
  const read = readKesSpec({
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db' },
    spec: { backendType: 'secretsManager', ...spec },
  });
  return read.kind === 'problems' ? read : kesRecipe(read.spec, REFERENCE, { ...CONTEXT, ...context });
}

function recipeOf(spec: Json, context: Partial<DefinitionContext> = {}): Recipe {
  const made = make(spec, context);
  if (made.kind === 'problems') throw new Error(made.problems.map(describe).join('\n'));
  return made.recipe;
}

function fetched(value: string | Uint8Array, name = ''): Fetched {
  return { value: new SecretValue(value), version: '1', arn: '', name };
}

type Answer = (address: Address) => Fetched | LatchkeyError;

function answering(one: Answer, many: readonly Member[] | LatchkeyError = []): Ingredients {
  return { answers: () => ({ one, many: () => many }), templateObject: () => undefined };
}

/** Every secret is this text. */
function always(text: string): Ingredients {
  return answering(() => fetched(text));
}

function dataOf(composed: Composed): ReadonlyMap<string, string> {
  if (composed.kind !== 'secret') throw new Error(JSON.stringify(composed));
  return new Map(
    [...composed.draft.data].map(([key, value]) => [key, Buffer.from(value.reveal()).toString('utf8')]),
  );
}

function problemsOf(composed: Composed | ReadDefinition): readonly Problem[] {
  return composed.kind === 'problems' ? composed.problems : [];
}

const DATA = [{ key: 'db', name: 'user', property: 'user' }];

t.test('a recipe names its Secret, its owner and whose identity reads', async (t) => {
  const recipe = recipeOf({ data: DATA, roleArn: 'arn:aws:iam::111122223333:role/shop' });

  t.match(recipe, {
    definition: REFERENCE,
    secretName: 'db',
    ownership: 'owner',
    templateObjects: [],
    questions: [
      {
        access: {
          reader: { kind: 'default' },
          roles: [{ roleArn: 'arn:aws:iam::111122223333:role/shop', place: { field: 'spec.roleArn' } }],
        },
        address: { store: 'secretsmanager', region: 'eu-central-1', name: 'db' },
        place: { label: 'ExternalSecret "db", spec.data[0] (key user)', field: 'spec.data[0]' },
        text: 'db',
      },
    ],
  });
});

t.test('composing is a function of the answers, however often it is called', async (t) => {
  const recipe = recipeOf({ data: DATA });

  t.same(dataOf(recipe.compose(always('{"user":"ada"}'))), new Map([['user', 'ada']]));
  t.same(dataOf(recipe.compose(always('{"user":"bob"}'))), new Map([['user', 'bob']]));
  t.match(problemsOf(recipe.compose(always('hunter2'))), [{ code: 'LK-NOT-JSON', field: 'spec.data[0]' }]);
});

t.test('the hash changes with everything that decides the Secret', async (t) => {
  const base = { data: [{ key: 'db', name: 'user', property: 'user' }], dataFrom: ['all'] };
  const changed: readonly (readonly [string, Json, Partial<DefinitionContext>?])[] = [
    ['key', { ...base, data: [{ key: 'other', name: 'user', property: 'user' }] }],
    ['name', { ...base, data: [{ key: 'db', name: 'login', property: 'user' }] }],
    ['property', { ...base, data: [{ key: 'db', name: 'user', property: 'login' }] }],
    ['no property', { ...base, data: [{ key: 'db', name: 'user' }] }],
    ['isBinary', { ...base, data: [{ key: 'db', name: 'user', property: 'user', isBinary: true }] }],
    ['stage', { ...base, data: [{ key: 'db', name: 'user', property: 'user', versionStage: 'X' }] }],
    ['version', { ...base, data: [{ key: 'db', name: 'user', property: 'user', versionId: 'X' }] }],
    ['dataFrom', { ...base, dataFrom: ['every'] }],
    ['order', { ...base, dataFrom: ['all', 'every'] }],
    ['another order', { ...base, dataFrom: ['every', 'all'] }],
    ['role', { ...base, roleArn: 'arn:aws:iam::111122223333:role/shop' }],
    ['region', { ...base, region: 'eu-west-1' }],
    ['surrounding region', base, { region: 'us-west-2' }],
    ['type', { ...base, template: { type: 'kubernetes.io/basic-auth' } }],
    ['label', { ...base, template: { metadata: { labels: { a: 'b' } } } }],
    ['label value', { ...base, template: { metadata: { labels: { a: 'c' } } } }],
    ['annotation', { ...base, template: { metadata: { annotations: { a: 'b' } } } }],
    ['template data', { ...base, template: { data: { a: 'YQ==' } } }],
    ['template stringData', { ...base, template: { stringData: { a: 'YQ==' } } }],
    ['immutable', { ...base, template: { immutable: true } }],
    ['store', { backendType: 'systemManager', data: base.data, dataFrom: base.dataFrom }],
    ['path', { backendType: 'systemManager', data: [{ path: '/a' }] }],
    ['recursive', { backendType: 'systemManager', data: [{ path: '/a', recursive: true }] }],
  ];

  const hashes = [recipeOf(base).hash, ...changed.map(([, spec, context]) => recipeOf(spec, context).hash)];

  t.equal(new Set(hashes).size, hashes.length);
  for (const hash of hashes) t.match(hash, /^[0-9a-f]{64}$/);
});

t.test('the hash does not change with how it is spelled', async (t) => {
  const { hash } = recipeOf({ data: DATA });

  t.equal(recipeOf({ properties: DATA, type: 'Opaque', controllerId: 'blue', vaultRole: 'x' }).hash, hash);
  t.equal(
    recipeOf({ data: [{ ...DATA[0], versionStage: 'AWSCURRENT' }], region: 'eu-central-1' }).hash,
    hash,
  );
});

t.test('keys that every object has are keys like any other', async (t) => {
  const recipe = recipeOf({
    dataFrom: ['all'],
    data: [{ key: 'all', name: '__proto__', property: 'constructor' }],
  });

  const data = dataOf(recipe.compose(always('{"__proto__":"replaced","constructor":"own","toString":"x"}')));

  t.strictSame(
    [...data],
    [
      ['__proto__', 'own'],
      ['constructor', 'own'],
      ['toString', 'x'],
    ],
  );
});

t.test('thousands of keys of one secret are one question', async (t) => {
  const names = Array.from({ length: 2_000 }, (_, index) => `key-${index}`);
  const document = JSON.stringify(Object.fromEntries(names.map((name) => [name, name])));

  const recipe = recipeOf({ data: names.map((name) => ({ key: 'db', name, property: name })) });
  const data = dataOf(recipe.compose(always(document)));

  t.equal(recipe.questions.length, 1);
  t.ok(data.size === names.length && names.every((name) => data.get(name) === name));
});

t.test('more questions than anybody asks are refused', async (t) => {
  const data = Array.from({ length: 1001 }, (_, index) => ({ key: `s${index}`, name: 'x' }));

  t.match(problemsOf(make({ data })), [{ code: 'LK-DEFINITION', message: /reads 1001 secrets/ }]);
});

t.test('a list of tens of thousands is as many keys, within the size of a Secret', async (t) => {
  const recipe = recipeOf({ dataFrom: ['list'] });

  t.equal(dataOf(recipe.compose(always(JSON.stringify(Array(30_000).fill(1))))).size, 30_000);
  t.match(problemsOf(recipe.compose(always(JSON.stringify(Array(180_000).fill(1))))), [
    { code: 'LK-TOO-LARGE' },
  ]);
});

t.test('values that replace one another are not worked on without end', async (t) => {
  const large = JSON.stringify({ a: 'x'.repeat(60_000) });
  const data = Array.from({ length: 10_000 }, () => ({ key: 'db', name: 'same', property: 'a' }));

  const composed = recipeOf({ data }).compose(always(large));

  t.match(problemsOf(composed), [{ code: 'LK-TOO-LARGE', message: /more than 8 MiB/ }]);
});

t.test('a Secret of more than a mebibyte is refused with its largest keys', async (t) => {
  const data = ['a', 'b'].map((name) => ({ key: name, name }));
  const recipe = recipeOf({ data });

  const fits = recipe.compose(
    answering(({ name }) => fetched('x'.repeat(name === 'a' ? 1024 * 1024 - 4 : 2))),
  );
  const large = recipe.compose(
    answering(({ name }) => fetched('x'.repeat(name === 'a' ? 1024 * 1024 - 4 : 3))),
  );

  t.equal(fits.kind, 'secret');
  t.match(problemsOf(large), [{ code: 'LK-TOO-LARGE', message: /the largest: a \(1024 KiB\), b/ }]);
});

t.test('JSON that nests without end is refused', async (t) => {
  const deep = `{"user":${'['.repeat(5000)}${']'.repeat(5000)}}`;

  t.match(problemsOf(recipeOf({ data: DATA }).compose(always(deep))), [
    { code: 'LK-NOT-JSON', message: /200 deep/ },
  ]);
});

t.test('what AWS said is told once, at the first key that asks', async (t) => {
  const denied = new LatchkeyError('LK-DENIED', 'access denied for role x', 'Allow it.');
  const recipe = recipeOf({ dataFrom: ['other'], data: [...DATA, { key: 'db', name: 'again' }] });

  const composed = recipe.compose(answering(({ name }) => (name === 'db' ? denied : fetched('{"a":"b"}'))));

  t.strictSame(problemsOf(composed), [
    {
      code: 'LK-DENIED',
      place: 'ExternalSecret "db", spec.data[0] (key user)',
      field: 'spec.data[0]',
      reference: 'db',
      message: 'access denied for role x',
      remedy: 'Allow it.',
    },
  ]);
});

t.test('a listing that failed is a problem, and parameters keep their bytes', async (t) => {
  const recipe = recipeOf({ backendType: 'systemManager', data: [{ path: '/a' }] });
  const failed = new LatchkeyError('LK-TIMEOUT', 'SSM did not answer', 'Wait.');
  const never = (): Fetched => {
    throw new Error('nobody asks');
  };

  t.match(problemsOf(recipe.compose(answering(never, failed))), [
    { code: 'LK-TIMEOUT', field: 'spec.data[0]' },
  ]);
  const members = [fetched('x\r\n', '/a/user'), fetched('y', '/a/b/pass')];
  t.same(
    dataOf(recipe.compose(answering(never, members))),
    new Map([
      ['user', 'x\r\n'],
      ['pass', 'y'],
    ]),
  );
});

t.test(
  'an annotation whose expression is too large for so many names is not tried without end',
  async (t) => {
    const data = Array.from({ length: 900 }, (_, index) => ({
      key: `${'x'.repeat(500)}${index}`,
      name: 'x',
    }));
    const namespaceAnnotations = {
      'externalsecrets.kubernetes-client.io/permitted-key-name': '[a-z]{0,400}x{0,100}[0-9]*',
    };

    const [first, ...rest] = problemsOf(make({ data }, { namespaceAnnotations }));

    t.match(first, { code: 'LK-POLICY', message: /too large an expression/ });
    t.same(rest, []);
  },
);

t.test('an annotation as long as people write them can be read', async (t) => {
  const names = Array.from({ length: 100 }, (_, index) => `/shop/service-${index}/.*`);
  const namespaceAnnotations = { 'externalsecrets.kubernetes-client.io/permitted-key-name': names.join('|') };
  const ask = (key: string) =>
    make({ backendType: 'systemManager', data: [{ key, name: 'x' }] }, { namespaceAnnotations });

  t.equal(ask('/shop/service-99/db').kind, 'recipe');
  t.match(problemsOf(ask('/shop/service-100/db')), [{ code: 'LK-POLICY' }]);
});

const VALUE = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc
    .dictionary(fc.constantFrom('user', 'a', 'b c', '__proto__', 'constructor', ''), fc.jsonValue())
    .map((value) => JSON.stringify(value)),
  fc.uint8Array(),
  fc.constantFrom('null', '[]', '{}', '"text"', '[1,null]', 'NaN', '\ufeff{}'),
);

t.test('whatever AWS answers, it is a Secret or problems without a value in them', async (t) => {
  const recipe = recipeOf({
    dataFrom: ['from'],
    dataFromWithOptions: [{ key: 'from', versionStage: 'X' }],
    data: [
      ...DATA,
      { key: 'whole', name: 'whole' },
      { key: 'whole', name: 'binary', isBinary: true },
      { key: 'db', name: 'path', property: 'a[0]["b"].length', isBinary: true },
    ],
    template: {
      stringData: { text: 'user <%= data.user %>' },
      metadata: { labels: { user: '<%= data.user %>' } },
    },
  });

  fc.assert(
    fc.property(VALUE, VALUE, VALUE, (from, db, whole) => {
      const values: Readonly<Record<string, string | Uint8Array>> = { from, db, whole };
      const composed = recipe.compose(answering(({ name }) => fetched(values[name] ?? '')));
      if (composed.kind !== 'problems') return;
      if (composed.problems.some(({ code }) => code === 'LK-INTERNAL')) throw new Error('a bug');
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('no text of a value is in a problem', async (t) => {
  const recipe = recipeOf({
    dataFrom: ['from'],
    data: [...DATA, { key: 'db', name: 'token', isBinary: true }],
  });

  for (const text of [
    'hunter2hunter2',
    '"hunter2hunter2"',
    '{"us er":"hunter2hunter2"}',
    '["hunter2hunter2"',
    '{"a":hunter2hunter2}',
  ]) {
    const composed = recipe.compose(always(text));
    t.equal(composed.kind, 'problems', text);
    t.notMatch(JSON.stringify(composed), 'hunter2');
  }
});
