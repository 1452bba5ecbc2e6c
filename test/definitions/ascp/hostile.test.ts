import fc from 'fast-check';
import t from 'tap';

import { ascpRecipe } from '../../../src/definitions/ascp/ascp-recipe.ts';
import { OBJECT_FIELDS, SPEC_FIELDS } from '../../../src/definitions/ascp/fields.ts';
import { readObjectsYaml } from '../../../src/definitions/ascp/objects-yaml.ts';
import { readProviderClass } from '../../../src/definitions/ascp/read-provider-class.ts';
import type { Fields } from '../../../src/definitions/eso/fields.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import { loadJmesPath } from '../../../src/request/jmes-path.ts';
import { SecretValue } from '../../../src/secret-value.ts';
import { CONTEXT, REFERENCE } from './fixture.ts';

const CANARY = 'canary-7d70';
const jmesPath = await loadJmesPath();
const word = fc.constantFrom(
  'secretsmanager',
  'ssmparameter',
  'aws',
  '/shop/db',
  'a',
  '../a',
  'a/b',
  'False',
  '0400',
  '3',
  'eu-west-1',
  'Opaque',
  'kubernetes.io/tls',
  'arn:aws:ssm:eu-west-1:111122223333:parameter/a',
  '__proto__',
  '',
  'ü😀',
);

/** Objects of the fields that there are, with values that fit, or nearly, or not at all. */
function shaped(fields: Fields): fc.Arbitrary<unknown> {
  const model = Object.entries(fields).map(([name, { below, list }]) => {
    const one = below === undefined ? word : shaped(below);
    const fits = list === true ? fc.array(one, { maxLength: 3 }) : one;
    return [name, fc.oneof({ weight: 9, arbitrary: fits }, { weight: 1, arbitrary: fc.anything() })] as const;
  });
  return fc.record(Object.fromEntries(model), { requiredKeys: [] });
}

const objects = fc
  .array(shaped(OBJECT_FIELDS), { maxLength: 4 })
  .map((list) => JSON.stringify(list, (_, value: unknown) => (typeof value === 'bigint' ? '1' : value)));

t.test('whatever a class says, reading and composing it ends with Secrets or with problems', async (t) => {
  const texts = fc.oneof({ weight: 6, arbitrary: objects }, { weight: 1, arbitrary: fc.string() });
  const spec = fc.tuple(shaped(SPEC_FIELDS), texts).map(([shape, text]) => {
    const { parameters, ...rest } = shape as { parameters?: object };
    return { ...rest, provider: 'aws', parameters: { ...parameters, objects: text } };
  });
  const metadata = fc.constantFrom({ name: 'db' }, { name: 7 }, null, undefined);
  const head = { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind: 'SecretProviderClass' };

  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ metadata, spec })), (object) => {
      const read = readProviderClass({ ...head, ...(object as object) }, CONTEXT);
      const said = [JSON.stringify(read.kind === 'problems' ? read.problems : '')];
      for (const { name } of read.kind === 'class' ? read.providerClass.secretObjects : []) {
        if (read.kind !== 'class') continue;
        const { providerClass } = read;
        const made = ascpRecipe({
          providerClass,
          secretName: name,
          definition: REFERENCE,
          context: CONTEXT,
          jmesPath,
        });
        if (made.kind === 'problems') continue;
        const composed = made.recipe.compose({
          answers: () => ({
            one: () => ({ value: new SecretValue(`{"a":"${CANARY}"`), version: '1', arn: '', name: 'a' }),
            many: () => new LatchkeyError('LK-INTERNAL', 'nobody lists anything'),
          }),
          templateObject: () => undefined,
        });
        said.push(JSON.stringify(composed));
      }
      return !said.join().includes(CANARY);
    }),
    { numRuns: 400 },
  );
  t.pass();
});

t.test('any text is read, or refused with our own words', async (t) => {
  const yaml = fc.oneof(
    fc.string(),
    fc.array(
      fc.constantFrom('- ', '&a ', '*a', '<<: ', '{', '}', '[', ']', ': ', '\n', '  ', '"', '|', CANARY),
      {
        maxLength: 40,
      },
    ),
  );

  fc.assert(
    fc.property(yaml, (parts) => {
      const text = typeof parts === 'string' ? parts : parts.join('');
      try {
        readObjectsYaml(text);
        return true;
      } catch (error) {
        return error instanceof LatchkeyError && !error.message.includes(CANARY);
      }
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

for (const [name, text, code] of [
  ['an alias within what it stands for', '&a [*a]', 'LK-DEFINITION'],
  ['an alias of nothing', '[*a]', 'LK-DEFINITION'],
  ['a hundred levels', '['.repeat(100) + ']'.repeat(100), 'LK-DEFINITION'],
  ['a hundred thousand levels', '['.repeat(100_000), 'LK-DEFINITION'],
  ['a key that is a list', '[a]: b', 'LK-DEFINITION'],
  ['a merge of text', '<<: a', 'LK-DEFINITION'],
  ['two documents', 'a\n---\nb', 'LK-DEFINITION'],
  ['a tag that nobody knows', '- !!js/function a', 'LK-DEFINITION'],
  ['more than anybody writes', `- ${'a'.repeat(256 * 1024)}`, 'LK-LIMIT'],
  ['more values than anybody writes', '[a,'.padEnd(200_000, 'a,'), 'LK-LIMIT'],
  [
    'as many by aliases',
    Array.from({ length: 20 }, (_, at) => `- &a${String(at + 1)} [*a${String(at)}, *a${String(at)}]`)
      .join('\n')
      .replace('*a0, *a0', 'x, x'),
    'LK-LIMIT',
  ],
] as const) {
  t.test(`refused: ${name}`, async (t) => {
    const written = name === 'more values than anybody writes' ? `${text}a]` : text;

    t.throws(() => readObjectsYaml(written), { code });
  });
}

t.test('a thousand objects that are all wrong say fifty things, and how many more', async (t) => {
  const text = Array.from({ length: 1000 }, () => '- {}').join('\n');
  const read = readProviderClass(
    {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name: 'db' },
      spec: { provider: 'aws', parameters: { objects: text } },
    },
    CONTEXT,
  );

  t.equal(read.kind === 'problems' ? read.problems.length : 0, 51);
});

t.test('what aliases bring is read as if it stood there', async (t) => {
  const long = `- { objectName: &long ${'a'.repeat(1000)} }\n`;
  const text = (times: number) => long + '- { objectName: *long }\n'.repeat(times);

  t.throws(() => readObjectsYaml(text(300)), { code: 'LK-LIMIT' });
  t.equal((readObjectsYaml(text(200)) as readonly unknown[]).length, 201);
});

function classOf(objects: string, secretObjects: readonly unknown[] = []) {
  const head = { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind: 'SecretProviderClass' };
  const spec = { provider: 'aws', parameters: { objects, pathTranslation: 'False' }, secretObjects };
  return readProviderClass({ ...head, metadata: { name: 'db' }, spec }, CONTEXT);
}

t.test('a file that is a directory of others is found, whatever stands between them', async (t) => {
  const paths = ['a/b/c', 'a-b', 'a', 'ab/c', 'a/b.c', 'x/y', 'x/y/z'];
  const objects = paths.map((path) => `- { objectName: n, objectType: ssmparameter, objectAlias: ${path} }`);

  const read = classOf(objects.join('\n'));

  const said = read.kind === 'problems' ? read.problems.map(({ message }) => message) : [];
  t.strictSame(said, [
    'file "a/b/c" lies in "a", which is a file',
    'file "a/b.c" lies in "a", which is a file',
    'file "x/y/z" lies in "x/y", which is a file',
  ]);
});

t.test(
  'names of files that are wrong are compared with those that are there, but not without end',
  async (t) => {
    const secret = (name: string) => ({
      secretName: name,
      type: 'Opaque',
      data: Array.from({ length: 40 }, (_, at) => ({ objectName: 'passwort', key: `k${String(at)}` })),
    });

    const read = classOf('- { objectName: password, objectType: ssmparameter }', [secret('a'), secret('b')]);

    const problems =
      read.kind === 'class' ? read.providerClass.secretObjects.flatMap((object) => object.problems) : [];
    t.equal(problems.length, 80);
    t.equal(problems.filter(({ remedy }) => remedy.includes('Did you mean "password"?')).length, 50);
  },
);
