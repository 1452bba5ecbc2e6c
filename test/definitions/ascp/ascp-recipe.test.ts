// What a recipe of a SecretProviderClass asks, and when it is another one.

import t from 'tap';

import { ascpRecipe } from '../../../src/definitions/ascp/ascp-recipe.ts';
import { readProviderClass } from '../../../src/definitions/ascp/read-provider-class.ts';
import type { Recipe } from '../../../src/definitions/recipe.ts';
import { CONTEXT, REFERENCE } from './fixture.ts';

const OBJECTS = [
  {
    objectName: '/db',
    objectType: 'ssmparameter',
    objectAlias: 'db',
    failoverObject: { objectName: '/other' },
  },
  { objectName: 'shop', objectType: 'secretsmanager', objectAlias: 'shop' },
  { objectName: 'shop', objectType: 'secretsmanager', objectAlias: 'again' },
];
const DATA = [
  { objectName: 'db', key: 'db' },
  { objectName: 'shop', key: 'shop' },
  { objectName: 'again', key: 'again' },
];

interface Seed {
  readonly objects?: readonly object[];
  readonly parameters?: object;
  readonly secret?: object;
  readonly others?: readonly object[];
  readonly region?: string;
}

function recipeOf({
  objects = OBJECTS,
  parameters = {},
  secret = {},
  others = [],
  region,
}: Seed = {}): Recipe {
  const context = { ...CONTEXT, ...(region === undefined ? {} : { region }) };
  const read = readProviderClass(
    {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name: 'db' },
      spec: {
        provider: 'aws',
        parameters: { objects: JSON.stringify(objects), failoverRegion: 'us-east-1', ...parameters },
        secretObjects: [...others, { secretName: 'db', type: 'Opaque', data: DATA, ...secret }],
      },
    },
    context,
  );
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  const { providerClass } = read;
  const made = ascpRecipe({ providerClass, secretName: 'db', definition: REFERENCE, context });
  if (made.kind === 'problems') throw new Error(JSON.stringify(made.problems));
  return made.recipe;
}

t.test('each object is asked once, with its failover, as whoever needs the Secret', async (t) => {
  const { questions, failoverRegion, ownership, secretName } = recipeOf();

  t.strictSame(
    questions.map(({ address: { name }, failover, access }) => [name, failover?.name, access]),
    [
      ['/db', '/other', { reader: { kind: 'default' }, roles: [] }],
      ['shop', undefined, { reader: { kind: 'default' }, roles: [] }],
    ],
  );
  t.equal(failoverRegion, 'us-east-1');
  t.equal(ownership, 'owner');
  t.equal(secretName, 'db');
});

for (const [what, seed] of [
  ['another key', { secret: { data: DATA.slice(1) } }],
  ['another label', { secret: { labels: { team: 'shop' } } }],
  ['another annotation', { secret: { annotations: { team: 'shop' } } }],
  ['another type', { secret: { type: 'kubernetes.io/ssh-auth' } }],
  ['another region', { region: 'eu-west-1' }],
  ['another failover region', { parameters: { failoverRegion: 'us-east-2' } }],
  [
    'another failover object',
    { objects: [{ ...OBJECTS[0], failoverObject: undefined }, ...OBJECTS.slice(1)] },
  ],
  [
    'another object of the same name of a file',
    { objects: [{ ...OBJECTS[0], objectName: '/db2' }, ...OBJECTS.slice(1)] },
  ],
] as const) {
  t.test(`it is another recipe: ${what}`, async (t) => {
    t.not(recipeOf(seed).hash, recipeOf().hash);
  });
}

for (const [what, seed] of [
  ['another Secret of the class', { others: [{ secretName: 'x', type: 'Opaque', data: DATA }] }],
  ['another object that it does not need', { objects: [{ ...OBJECTS[1], objectAlias: 'new' }, ...OBJECTS] }],
  ['a key that nobody knows', { parameters: { hello: 'world' } }],
] as const) {
  t.test(`it is the same recipe: ${what}`, async (t) => {
    t.equal(recipeOf(seed).hash, recipeOf().hash);
  });
}

t.test('a Secret that the class does not make is a problem', async (t) => {
  const read = readProviderClass(
    {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: { name: 'db' },
      spec: { provider: 'aws' },
    },
    CONTEXT,
  );
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  const { providerClass } = read;

  const made = ascpRecipe({ providerClass, secretName: 'db', definition: REFERENCE, context: CONTEXT });

  t.match(made, { kind: 'problems', problems: [{ code: 'LK-DEFINITION', field: 'spec.secretObjects' }] });
});
