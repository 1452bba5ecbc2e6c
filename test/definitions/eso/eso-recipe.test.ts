import t from 'tap';
import { makesSecret, storesOf } from '../../../src/definitions/eso/external-secret.ts';
import type { ExternalSecretSpec } from '../../../src/definitions/eso/external-secret.ts';
import { readExternalSecret } from '../../../src/definitions/eso/read-external-secret.ts';
import type { Recipe } from '../../../src/definitions/recipe.ts';
import { recipeFor } from './fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const REMOTE = { key: 'db', property: 'user' };

function definitionOf(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db', ...metadata },
    spec: { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'a', remoteRef: REMOTE }], ...spec },
  };
}

function storeOf(aws: Json = {}, name = 'aws'): Json {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata: { name },
    spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1', ...aws } } },
  };
}

function recipeOf(definition: unknown, stores: readonly unknown[] = [storeOf()]): Recipe {
  const reading = recipeFor({ definition, stores });
  if (reading.kind !== 'recipe') throw new Error(JSON.stringify(reading));
  return reading.recipe;
}

function specOf(definition: unknown): ExternalSecretSpec {
  const reading = readExternalSecret(definition);
  if (reading.kind !== 'external-secret') throw new Error(JSON.stringify(reading));
  return reading.spec;
}

const ROLE = 'arn:aws:iam::111122223333:role/shop';
const plain = recipeOf(definitionOf()).hash;

t.test('the hash is a SHA-256 in hex', async (t) => {
  t.match(plain, /^[0-9a-f]{64}$/);
});

const SAME: Readonly<Record<string, Recipe>> = {
  'the order of fields': recipeOf(
    definitionOf({ data: [{ remoteRef: { property: 'user', key: 'db' }, secretKey: 'a' }] }),
  ),
  'a default that is written out': recipeOf(
    definitionOf({ target: { creationPolicy: 'Owner', name: 'db' } }),
  ),
  'when to poll': recipeOf(definitionOf({ refreshInterval: '5m' })),
  'the version of the API': recipeOf({ ...definitionOf(), apiVersion: 'external-secrets.io/v1beta1' }),
  'the name of the store': recipeOf(definitionOf({ secretStoreRef: { name: 'other' } }), [
    storeOf({}, 'other'),
  ]),
};

for (const [what, recipe] of Object.entries(SAME)) {
  t.test(`${what} does not change the hash`, async (t) => {
    t.equal(recipe.hash, plain);
  });
}

const OTHER: Readonly<Record<string, Recipe>> = {
  'the key of AWS': recipeOf(definitionOf({ data: [{ secretKey: 'a', remoteRef: { key: 'other' } }] })),
  'the key of the Secret': recipeOf(definitionOf({ data: [{ secretKey: 'b', remoteRef: REMOTE }] })),
  'how it is decoded': recipeOf(
    definitionOf({ data: [{ secretKey: 'a', remoteRef: { ...REMOTE, decodingStrategy: 'Base64' } }] }),
  ),
  'the name of the Secret': recipeOf(definitionOf({ target: { name: 'other' } })),
  'who owns the Secret': recipeOf(definitionOf({ target: { creationPolicy: 'Orphan' } })),
  'what becomes of what is missing': recipeOf(definitionOf({ target: { deletionPolicy: 'Merge' } })),
  'whether it is immutable': recipeOf(definitionOf({ target: { immutable: true } })),
  'a template': recipeOf(definitionOf({ target: { template: { data: { a: '{{ .a }}' } } } })),
  'labels that the Secret inherits': recipeOf(definitionOf({}, { labels: { app: 'shop' } })),
  'the region of the store': recipeOf(definitionOf(), [storeOf({ region: 'eu-west-1' })]),
  'the prefix of the store': recipeOf(definitionOf(), [storeOf({ prefix: 'prod/' })]),
  'the role of the store': recipeOf(definitionOf(), [storeOf({ role: ROLE })]),
  'the account of the store': recipeOf(definitionOf(), [
    storeOf({ auth: { jwt: { serviceAccountRef: { name: 'reader' } } } }),
  ]),
};

for (const [what, recipe] of Object.entries(OTHER)) {
  t.test(`${what} changes the hash`, async (t) => {
    t.not(recipe.hash, plain);
  });
}

t.test('each change makes a hash of its own', async (t) => {
  const hashes = Object.values(OTHER).map(({ hash }) => hash);

  t.equal(new Set(hashes).size, hashes.length);
});

t.test('with a template, labels and annotations of the definition do not change the hash', async (t) => {
  const spec = { target: { template: { data: { a: '{{ .a }}' } } } };

  const [bare, annotated] = [{}, { annotations: { 'kubectl.kubernetes.io/x': 'y' } }].map(
    (metadata) => recipeOf(definitionOf(spec, metadata)).hash,
  );

  t.equal(bare, annotated);
});

t.test('the stores of a definition are named once, in the order in which they are needed', async (t) => {
  const from = (name: string, kind = 'SecretStore'): Json => ({ sourceRef: { storeRef: { name, kind } } });
  const spec = specOf(
    definitionOf({
      data: [
        { secretKey: 'a', remoteRef: REMOTE },
        { secretKey: 'b', remoteRef: REMOTE, ...from('aws', 'ClusterSecretStore') },
        { secretKey: 'c', remoteRef: REMOTE, ...from('other') },
      ],
      dataFrom: [{ extract: { key: 'x' }, ...from('other') }],
    }),
  );

  t.same(storesOf(spec), [
    { kind: 'SecretStore', name: 'other' },
    { kind: 'SecretStore', name: 'aws' },
    { kind: 'ClusterSecretStore', name: 'aws' },
  ]);
});

t.test('stores that read in the same way share one access, and one question', async (t) => {
  const definition = definitionOf({
    data: [
      { secretKey: 'a', remoteRef: REMOTE },
      { secretKey: 'b', remoteRef: REMOTE, sourceRef: { storeRef: { name: 'second' } } },
      { secretKey: 'c', remoteRef: { key: 'other' }, sourceRef: { storeRef: { name: 'second' } } },
    ],
  });

  const { questions } = recipeOf(definition, [storeOf({ role: ROLE }), storeOf({ role: ROLE }, 'second')]);

  t.equal(questions.length, 2);
  t.equal(questions[0]?.access, questions[1]?.access);
});

t.test('stores whose long names begin alike are not taken for one another', async (t) => {
  const name = 'x'.repeat(200);
  const definition = definitionOf({
    secretStoreRef: { name: `${name}1` },
    data: [
      { secretKey: 'a', remoteRef: REMOTE },
      { secretKey: 'b', remoteRef: REMOTE, sourceRef: { storeRef: { name: `${name}2` } } },
    ],
  });

  const { questions } = recipeOf(definition, [storeOf({}, `${name}1`), storeOf({ role: ROLE }, `${name}2`)]);

  t.same(
    questions.map(({ access }) => access.roles.map(({ roleArn }) => roleArn)),
    [[], [ROLE]],
  );
});

t.test('only some policies make a Secret where there is none', async (t) => {
  const makers = ['Owner', 'Orphan', 'CreateOrMerge', 'Merge', 'None'].filter((creationPolicy) =>
    makesSecret(specOf(definitionOf({ target: { creationPolicy } }))),
  );

  t.same(makers, ['Owner', 'Orphan', 'CreateOrMerge']);
});

t.test('objects that templates read are named once each', async (t) => {
  const items = [{ key: 'a' }];
  const templateFrom = [
    { configMap: { name: 'x', items }, secret: { name: 'x', items } },
    { configMap: { name: 'x', items } },
    { literal: 'a: b' },
  ];

  const { templateObjects } = recipeOf(definitionOf({ target: { template: { templateFrom } } }));

  t.same(
    templateObjects.map(({ kind, name }) => `${kind} ${name}`),
    ['ConfigMap x', 'Secret x'],
  );
});

t.test('a role whose account is a placeholder is a warning', async (t) => {
  const printed = 'arn:aws:iam::11111111:role/my-service-role';

  const { warnings } = recipeOf(definitionOf(), [
    storeOf({ role: printed, additionalRoles: [ROLE, printed] }),
  ]);

  t.strictSame(recipeOf(definitionOf(), [storeOf({ role: ROLE })]).warnings, []);
  t.match(warnings, [/additionalRoles\[1\]: the role's account is a placeholder/, /aws.role: the role's/]);
  t.equal(warnings.length, 2);
});
