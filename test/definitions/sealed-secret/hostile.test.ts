import fc from 'fast-check';
import t from 'tap';

import { readSealedSecret } from '../../../src/definitions/sealed-secret/read-sealed-secret.ts';
import { sealedRecipe } from '../../../src/definitions/sealed-secret/sealed-recipe.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import { SecretValue } from '../../../src/secret-value.ts';

const CANARY = 'canary-7d70';
const definition = {
  kind: 'sealed-secret',
  apiVersion: 'bitnami.com/v1alpha1',
  objectKind: 'SealedSecret',
  namespace: 'shop',
  name: 'db',
  uid: '',
} as const;
const context = { namespace: 'shop', namespaceLabels: {}, namespaceAnnotations: {}, allowedSecretTypes: [] };
const head = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' };

/** Reads and composes, every value being this text; problems, or the composed Secret. */
function made(object: unknown, value = CANARY) {
  const read = readSealedSecret(object);
  if (read.kind === 'problems') return read;
  const recipe = sealedRecipe(read.spec, definition, context);
  if (recipe.kind === 'problems') return recipe;
  return recipe.recipe.compose({
    answers: () => {
      throw new Error('nothing is asked');
    },
    templateObject: () => undefined,
    opened: () => new SecretValue(value),
  });
}

t.test(
  'whatever a SealedSecret says, reading and composing it ends with a Secret or with problems',
  async (t) => {
    const texts = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.anything()));
    const object = fc.record(
      {
        metadata: fc.oneof(fc.anything(), fc.record({ name: fc.string(), annotations: texts })),
        spec: fc.oneof(
          fc.anything(),
          fc.record(
            {
              encryptedData: fc.oneof(texts, fc.anything()),
              data: fc.anything(),
              template: fc.oneof(
                fc.anything(),
                fc.record(
                  {
                    type: fc.oneof(fc.string(), fc.anything()),
                    immutable: fc.anything(),
                    data: fc.oneof(texts, fc.anything()),
                    metadata: fc.record({ labels: texts, annotations: texts }, { requiredKeys: [] }),
                  },
                  { requiredKeys: [] },
                ),
              ),
            },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(object, (fields) => {
        const ended = made({ ...head, ...fields });

        return ended.kind === 'secret' || (ended.kind === 'problems' && ended.problems.length > 0);
      }),
      { numRuns: 300 },
    );
    t.pass();
  },
);

for (const object of [undefined, null, 3, 'text', [], {}, head, { ...head, spec: [] }]) {
  t.test(`${JSON.stringify(object) ?? 'nothing'} is no SealedSecret that can be read`, async (t) => {
    t.equal(readSealedSecret(object).kind, 'problems');
  });
}

function sealedSecret(spec: object): object {
  return { ...head, metadata: { name: 'db', namespace: 'shop' }, spec };
}

t.test('a SealedSecret of a mebibyte in thousands of values is refused before one is opened', async (t) => {
  const encryptedData = Object.fromEntries(
    Array.from({ length: 1500 }, (_, index) => [`key${String(index)}`, 'A'.repeat(700)]),
  );

  const read = readSealedSecret(sealedSecret({ encryptedData }));

  t.match(read, { kind: 'problems', problems: [{ message: 'it has 1500 entries' }] });
});

t.test('values that no Secret holds are refused by their sizes', async (t) => {
  const composed = made(sealedSecret({ encryptedData: { a: 'x', b: 'y' } }), CANARY.repeat(100_000));

  t.match(composed, { kind: 'problems', problems: [{ code: 'LK-TOO-LARGE', message: /a \(\d+ KiB\), b/ }] });
  t.notMatch(JSON.stringify(composed), CANARY);
});

t.test('templates that grow what is opened are stopped', async (t) => {
  const data = { a: `{{ repeat 100000 .password }}`, b: `{{ range until 99999 }}{{ $.password }}{{ end }}` };

  const composed = made(
    sealedSecret({ encryptedData: { password: 'x' }, template: { data } }),
    CANARY.repeat(100),
  );

  t.match(composed, { kind: 'problems', problems: [{ code: 'LK-TEMPLATE' }, { code: 'LK-TEMPLATE' }] });
  t.notMatch(JSON.stringify(composed), CANARY);
});

t.test('a value that does not open is a problem in its own words, at its key', async (t) => {
  const read = readSealedSecret(sealedSecret({ encryptedData: { password: 'x' } }));
  if (read.kind === 'problems') throw new Error('not read');
  const recipe = sealedRecipe(read.spec, definition, context);
  if (recipe.kind === 'problems') throw new Error('no recipe');

  const composed = recipe.recipe.compose({
    answers: () => ({ one: () => new LatchkeyError('LK-INTERNAL', ''), many: () => [] }),
    templateObject: () => undefined,
    opened: () => new LatchkeyError('LK-SEALED', 'no key opens it', 'Seal it again.'),
  });

  t.match(composed, {
    kind: 'problems',
    problems: [{ code: 'LK-SEALED', field: 'spec.encryptedData[password]', message: 'no key opens it' }],
  });
});

t.test('the hash changes with everything that decides the Secret, and with nothing else', async (t) => {
  const hashOf = (object: object): string => {
    const read = readSealedSecret(object);
    const recipe = read.kind === 'problems' ? read : sealedRecipe(read.spec, definition, context);
    return recipe.kind === 'problems' ? '' : recipe.recipe.hash;
  };
  const spec = { encryptedData: { a: 'x' }, template: { data: { t: '{{ .a }}' } } };
  const base = { ...head, metadata: { name: 'db', uid: '1' }, spec };

  const same = [{ ...base, metadata: { name: 'db', uid: '2', labels: { a: 'b' } } }];
  const other = [
    { ...base, metadata: { name: 'db', annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } } },
    { ...base, spec: { ...spec, encryptedData: { a: 'y' } } },
    { ...base, spec: { ...spec, encryptedData: { b: 'x' } } },
    { ...base, spec: { ...spec, template: { data: { t: null } } } },
    { ...base, spec: { ...spec, template: { ...spec.template, immutable: true } } },
    { ...base, spec: { ...spec, template: { ...spec.template, metadata: { labels: { a: 'b' } } } } },
    { ...base, spec: { ...spec, template: { ...spec.template, type: 'kubernetes.io/basic-auth' } } },
  ];

  t.ok(same.every((one) => hashOf(one) === hashOf(base)));
  t.equal(new Set([base, ...other].map(hashOf)).size, other.length + 1);
});
