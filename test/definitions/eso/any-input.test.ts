import fc from 'fast-check';
import t from 'tap';
import type { Fields } from '../../../src/definitions/eso/fields.ts';
import { readExternalSecret } from '../../../src/definitions/eso/read-external-secret.ts';
import { readStore } from '../../../src/definitions/eso/read-store.ts';
import { STORE_FIELDS } from '../../../src/definitions/eso/store-fields.ts';
import type { Composed, Ingredients, ReadDefinition } from '../../../src/definitions/recipe.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import type { Fetched } from '../../../src/request/evaluate.ts';
import { SecretValue } from '../../../src/secret-value.ts';
import { slippedDefinition, soundDefinition } from './definitions-at-random.ts';
import { recipeFor } from './fixture.ts';

/** Stands in every value that AWS answers, and may stand in no message. */
const MARK = 'S3CR3T-M4RK';

const word = fc.constantFrom('a', 'b', 'c.d', '/db', '__proto__', 'x/y', '', 'ü😀');
const anything = fc.anything({ withNullPrototype: true, withSparseArray: true, maxDepth: 3 });

/** Objects of the fields that there are, with values that fit, or nearly, or not at all. */
function shaped(fields: Fields): fc.Arbitrary<unknown> {
  const model = Object.entries(fields).map(([name, { below }]) => {
    const inner = below === undefined ? fc.oneof(word, fc.array(word)) : shaped(below);
    return [name, fc.oneof({ weight: 9, arbitrary: inner }, { weight: 1, arbitrary: anything })] as const;
  });
  return fc.record(Object.fromEntries(model), { requiredKeys: [] });
}

const VALUES = [
  MARK,
  '',
  `{"a":"${MARK}","b":{"a.b":["${MARK}",null,1.50]},"__proto__":"${MARK}","x/y":1}`,
  `[{"b":"${MARK}"}]`,
  `{"a":"${MARK}`,
  `"${MARK}"`,
  'null',
  '{}',
  `${MARK}: x\n${MARK}: y\n`,
  Buffer.from(MARK).toString('base64'),
  Buffer.from([0, 255, 254]),
  `{"deep":${'['.repeat(300)}${']'.repeat(300)}}`,
];

const answer = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VALUES) },
  fc
    .constantFrom('LK-NOT-FOUND' as const, 'LK-DENIED' as const)
    .map((code) => new LatchkeyError(code, 'no', 'Ask.')),
);

interface World {
  readonly value: string | Buffer | LatchkeyError;
  readonly members: readonly string[];
}

const world: fc.Arbitrary<World> = fc.record({ value: answer, members: fc.array(word, { maxLength: 5 }) });

function fetchedOf(name: string, value: World['value']): Fetched | LatchkeyError {
  if (value instanceof LatchkeyError) return value;
  return { value: new SecretValue(value), version: '1', arn: '', name };
}

function ingredientsOf({ value, members }: World): Ingredients {
  const found = members.map((name) => fetchedOf(name, value));
  return {
    answers: () => ({
      one: ({ name }) => fetchedOf(name, value),
      many: () =>
        value instanceof LatchkeyError
          ? value
          : found.flatMap((each) => (each instanceof LatchkeyError ? [] : [each])),
    }),
    templateObject: () =>
      value instanceof LatchkeyError
        ? undefined
        : new Map([
            ['a', new SecretValue(value)],
            ['db', new SecretValue('{{ .a }}')],
          ]),
  };
}

/** All that people get to read. */
function messagesOf(reading: ReadDefinition, composed: Composed | undefined): string {
  const read = reading.kind === 'recipe' ? reading.recipe.warnings : reading.problems;
  if (composed?.kind !== 'secret') return JSON.stringify([read, composed]);
  return JSON.stringify([read, composed.draft.warnings]);
}

/** Everything of a result, values included. */
function shownOf(composed: Composed): string {
  if (composed.kind !== 'secret') return JSON.stringify(composed);
  const data = [...composed.draft.data].map(([key, value]) => [
    key,
    Buffer.from(value.reveal()).toString('hex'),
  ]);
  return JSON.stringify([composed.draft, data]);
}

t.test('any object is an ExternalSecret or a list of problems', async (t) => {
  fc.assert(
    fc.property(anything, (object) => {
      const reading = readExternalSecret(object);

      return reading.kind === 'external-secret' || reading.problems.length > 0;
    }),
  );
  t.pass();
});

t.test('any object is a store or a list of problems', async (t) => {
  const store = shaped(STORE_FIELDS).map((spec) => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'aws' },
    spec,
  }));
  fc.assert(
    fc.property(fc.oneof(store, anything), (object) => {
      const reading = readStore(object);

      return reading.kind === 'store' || reading.problems.length > 0;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

for (const [kind, definition] of [
  ['sound', soundDefinition],
  ['slipped', slippedDefinition],
] as const) {
  t.test(`a ${kind} definition is carried out or refused, and no message has a value in it`, async (t) => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(definition, world, (object, answers) => {
        const reading = recipeFor({ definition: object });
        const composed =
          reading.kind === 'recipe' ? reading.recipe.compose(ingredientsOf(answers)) : undefined;

        outcomes.add(reading.kind).add(composed?.kind ?? 'not composed');
        const told = messagesOf(reading, composed);
        return !told.includes(MARK) && !told.includes(Buffer.from(MARK).toString('base64'));
      }),
      { numRuns: 1000 },
    );

    t.ok(outcomes.has('recipe') && outcomes.has('problems'), [...outcomes].join(', '));
    if (kind === 'sound') t.ok(outcomes.has('secret'), 'Secrets are made');
  });
}

t.test('composing twice makes the same', async (t) => {
  fc.assert(
    fc.property(soundDefinition, world, (object, answers) => {
      const reading = recipeFor({ definition: object });
      if (reading.kind !== 'recipe') return true;
      const [first, second] = [1, 2].map(() => shownOf(reading.recipe.compose(ingredientsOf(answers))));

      return first === second;
    }),
    { numRuns: 300 },
  );
  t.pass();
});
