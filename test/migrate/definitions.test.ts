// Every fixture of a definition (test/fixtures/definitions), used by workloads in every way: what is converted without a
// named difference has the same bytes, whatever the definition says, and a second run changes nothing.

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import type { Composed } from '../../src/definitions/recipe.ts';
import { readDocuments } from '../../src/manifests/documents.ts';
import { type Json, objectsOf } from '../../src/manifests/objects.ts';
import { podTemplateOf } from '../../src/manifests/pod-templates.ts';
import type { Manifests } from '../../src/manifests/read-manifests.ts';
import { templatePod } from '../../src/manifests/template-pod.ts';
import { type Migrated, migrateToAnnotations } from '../../src/migrate/migrate.ts';
import type { LatchkeyError } from '../../src/errors.ts';
import { addressesOf, addressKey } from '../../src/request/addresses.ts';
import {
  type Answers,
  evaluate,
  type Fetched,
  type Filled,
  type Member,
} from '../../src/request/evaluate.ts';
import { makePlan } from '../../src/request/make-plan.ts';
import type { Address } from '../../src/request/plan.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { parseStoreFile } from '../../src/stores/store-file.ts';
import { answersOf } from '../definitions/eso/answers-double.ts';
import * as ascp from '../definitions/ascp/fixture.ts';
import * as eso from '../definitions/eso/fixture.ts';
import * as kes from '../definitions/kes/fixture.ts';
import * as sealed from '../definitions/sealed-secret/fixture.ts';
import { withFixtureKeys } from '../support/sealing.ts';

const REGION = 'eu-central-1';

interface Fixture {
  readonly definition: unknown;
  readonly around: readonly unknown[];
  readonly composed: Composed;
  readonly secretName: string;
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  /** Of the namespace, as whoever settles the definition was told. */
  readonly region: string;
  answers(addresses: readonly Address[]): Promise<Answers>;
}

async function kesFixture(path: string): Promise<Fixture> {
  const each = kes.readCase(path);
  const { composed, recipe } = await kes.carryOut(each);
  return {
    definition: each.definition,
    around: [],
    composed,
    secretName: recipe?.secretName ?? 'db',
    region: each.outcome.context?.region ?? REGION,
    namespaceAnnotations: each.outcome.context?.namespaceAnnotations ?? {},
    answers: async (addresses) => fileAnswers(addresses, each.outcome.aws),
  };
}

async function fileAnswers(addresses: readonly Address[], aws: unknown): Promise<Answers> {
  const store = createFileStore(parseStoreFile(JSON.stringify(aws), 'fixture'));
  const { signal } = new AbortController();
  const session = {} as Parameters<typeof store.read>[1];
  const ones = new Map<string, Fetched | LatchkeyError>();
  const manies = new Map<string, readonly Member[] | LatchkeyError>();
  for (const address of addresses) {
    const [answer] = address.below === undefined ? await store.read([address], session, signal) : [];
    if (answer !== undefined) ones.set(addressKey(address), answer);
    else manies.set(addressKey(address), (await store.list?.(address, session, signal)) ?? []);
  }
  return {
    one: (address) => ones.get(addressKey(address)) ?? nobodyAsked(),
    many: (address) => manies.get(addressKey(address)) ?? nobodyAsked(),
  };
}

/** One Secret of a class. */
async function ascpFixture(each: ascp.Case, secretName: string): Promise<Fixture> {
  const { definition, outcome } = each;
  const read = ascp.read(each);
  if (read.kind === 'problems') throw new Error(`${each.name} makes no Secret`);
  const { composed } = await ascp.carryOut(read.providerClass, secretName, outcome);
  return {
    definition,
    around: [],
    composed,
    secretName,
    region: outcome.context?.region ?? REGION,
    namespaceAnnotations: {},
    answers: async (addresses) => fileAnswers(addresses, outcome.aws ?? {}),
  };
}

function nobodyAsked(): never {
  throw new Error('nobody asked this');
}

async function esoFixture(name: string): Promise<Fixture> {
  const fixture = eso.readFixture(name);
  const reading = eso.recipeFor(fixture);
  const composed = reading.kind === 'problems' ? reading : eso.composedOf(fixture, reading.recipe);
  return {
    definition: fixture.definition,
    around: fixture.stores ?? eso.DEFAULT_STORES,
    composed,
    secretName: reading.kind === 'recipe' ? reading.recipe.secretName : 'db',
    region: fixture.context?.region ?? REGION,
    namespaceAnnotations: fixture.context?.namespaceAnnotations ?? {},
    answers: async () => answersOf(fixture.aws ?? []),
  };
}

/** As if it were sealed for its namespace: what is strict is never converted. */
async function sealedFixture(path: string): Promise<Fixture> {
  const name = basename(path, '.yaml');
  const each = await sealed.readCase(name, { 'sealedsecrets.bitnami.com/namespace-wide': 'true' });
  const { composed, recipe } = await sealed.carryOut(each);
  const resolver = withFixtureKeys({ resolve: nobodyAsked, lastDefinite: () => undefined });
  const identity = { namespace: 'shop' };
  return {
    definition: each.definition,
    around: [],
    composed,
    secretName: recipe?.secretName ?? 'db',
    region: REGION,
    namespaceAnnotations: {},
    answers: async (addresses) =>
      await resolver.resolve(
        addresses,
        { identity } as Parameters<typeof resolver.resolve>[1],
        { signal: new AbortController().signal } as Parameters<typeof resolver.resolve>[2],
      ),
  };
}

function inNamespace(object: unknown): unknown {
  const { metadata, ...rest } = object as { metadata?: object };
  return { ...rest, metadata: { ...metadata, namespace: 'shop' } };
}

function deployment(name: string, spec: Json): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { template: { spec: { securityContext: { fsGroup: 1 }, ...spec } } },
  };
}

/** One workload with a file for each key, one with all of them in a directory, one with all of them as variables. */
function workloads(secretName: string, keys: readonly string[]): readonly Json[] {
  const files = keys.map((key, index) => ({
    volume: { name: `v${index}`, secret: { secretName, items: [{ key, path: 'file' }] } },
    mount: { name: `v${index}`, mountPath: `/v${index}` },
  }));
  return [
    deployment('keys', {
      containers: [{ name: 'app', volumeMounts: files.map(({ mount }) => mount) }],
      volumes: files.map(({ volume }) => volume),
    }),
    deployment('directory', {
      containers: [{ name: 'app', volumeMounts: [{ name: 'all', mountPath: '/all' }] }],
      volumes: [{ name: 'all', secret: { secretName } }],
    }),
    deployment('variables', {
      containers: [{ name: 'app', envFrom: [{ secretRef: { name: secretName } }] }],
    }),
  ];
}

function manifestsOf(text: string): Manifests {
  const { documents, findings } = readDocuments(text, 'all.yaml');
  return { files: [{ name: 'all.yaml', text, documents }], objects: documents.flatMap(objectsOf), findings };
}

function migrate(text: string): Migrated {
  return migrateToAnnotations(manifestsOf(text), {
    namespace: 'shop',
    dropUnused: false,
    defaults: { delivery: 'secret', skipContainers: [] },
  });
}

interface Delivered {
  readonly filled: readonly Filled[];
  /** Some of it is refused, and so the pod is. */
  readonly refused: boolean;
}

/** What the annotations of a workload deliver, by slot. */
async function deliveredTo(name: string, { after }: Migrated, fixture: Fixture): Promise<Delivered> {
  const object = after.objects.find((each) => each.name === name && each.kind === 'Deployment');
  const template = object === undefined ? undefined : podTemplateOf(object);
  if (template === undefined) throw new Error(`${name} is gone`);
  const planned = makePlan(narrowPod(templatePod(template, 'shop').json), {
    namespace: 'shop',
    namespaceAnnotations: fixture.namespaceAnnotations,
    region: fixture.region,
    delivery: 'secret',
    skipContainers: [],
  });
  if (planned.kind === 'skip') return { filled: [], refused: false };
  if (planned.kind === 'problems') throw new Error(JSON.stringify(planned.problems));
  const { filled, problems } = evaluate(planned.plan, await fixture.answers(addressesOf(planned.plan)));
  return { filled, refused: problems.length > 0 };
}

/** Variables that hold a constant now; no fixture has a `$` in one. */
function ownVariables(name: string, { after }: Migrated): ReadonlyMap<string, string> {
  const object = after.objects.find((each) => each.name === name && each.kind === 'Deployment');
  const [container] = object === undefined ? [] : containersOf(podTemplateOf(object)?.value);
  const env = (container?.['env'] ?? []) as readonly { name: string; value: string }[];
  return new Map(
    env.filter(({ value }) => !value.includes('latchkey:')).map((entry) => [entry.name, entry.value]),
  );
}

function containersOf(template: Json | undefined): readonly Json[] {
  return (template?.['spec'] as { containers?: readonly Json[] } | undefined)?.containers ?? [];
}

function bytes(value: Uint8Array | undefined): string {
  return Buffer.from(value ?? []).toString('latin1');
}

/** Rows of one volume or source, by its title. */
function rowOf({ rows }: Migrated, title: string, what: string) {
  return rows.find((row) => row.object === `Deployment shop/${title}` && row.what === what);
}

async function checkKeys(
  t: Test,
  keys: readonly string[],
  migrated: Migrated,
  fixture: Fixture,
): Promise<number> {
  if (fixture.composed.kind !== 'secret') return 0;
  const { data } = fixture.composed.draft;
  const { filled } = await deliveredTo('keys', migrated, fixture);
  let same = 0;
  for (const [index, key] of keys.entries()) {
    const row = rowOf(migrated, 'keys', `volume v${index}`);
    t.ok(row, `${key} is in the report`);
    if (row === undefined || row.status === 'kept') continue;
    const certain = row.differences.every((name) =>
      ['beside', 'kes-template', 'ascp-members'].includes(name),
    );
    const file = filled.find(
      ({ slot }) => slot.kind === 'file' && (slot.path === `/v${index}/file` || slot.path === 'file'),
    );
    const isSame = file !== undefined && bytes(file.value.reveal()) === bytes(data.get(key)?.reveal());
    if (isSame) same += 1;
    t.ok(isSame || !certain, `${key}: the same, or said to differ`);
  }
  return same;
}

async function checkWhole(t: Test, name: string, migrated: Migrated, fixture: Fixture): Promise<void> {
  if (fixture.composed.kind !== 'secret') return;
  const { data } = fixture.composed.draft;
  const row = migrated.rows.find(
    ({ object, status }) => object === `Deployment shop/${name}` && status !== 'note',
  );
  if (row?.status !== 'converted') return;
  const { filled, refused } = await deliveredTo(name, migrated, fixture);
  if (refused) {
    t.equal(name, 'variables', 'a variable cannot hold every value, and neither can one of a Secret');
    return;
  }
  const constants = ownVariables(name, migrated);
  t.equal(filled.length + constants.size, data.size, `${name}: every key`);
  for (const [key, value] of constants) t.equal(value, bytes(data.get(key)?.reveal()), `${name}: ${key}`);
  for (const { slot, value } of filled) {
    const key = slot.kind === 'file' ? slot.path : slot.kind === 'env' ? slot.name : slot.variable;
    t.equal(bytes(value.reveal()), bytes(data.get(key)?.reveal()), `${name}: ${key}`);
  }
}

const FOLDER = new URL('../fixtures/definitions/', import.meta.url);

function namesIn(folder: string): readonly string[] {
  return readdirSync(new URL(folder, FOLDER)).filter((file) => file.endsWith('.yaml'));
}

const CASES = [
  ...namesIn('kes').map((file) => ({ name: `kes/${file}`, read: () => kesFixture(`kes/${file}`) })),
  ...['000-test-app.yaml', '002-my-service-secret.yaml'].map((file) => ({
    name: `articles/${file}`,
    read: () => kesFixture(`articles/${file}`),
  })),
  ...namesIn('eso').map((file) => ({ name: `eso/${file}`, read: () => esoFixture(file) })),
  ...namesIn('sealed').map((file) => ({ name: `sealed/${file}`, read: () => sealedFixture(file) })),
  ...ascp.readCases().flatMap((each) =>
    Object.keys(each.outcome.secrets ?? {}).map((secret) => ({
      name: `ascp/${each.name}, ${secret}`,
      read: () => ascpFixture(each, secret),
    })),
  ),
];

let compared = 0;

for (const { name, read } of CASES) {
  t.test(name, async (t) => {
    const fixture = await read();
    const keys = fixture.composed.kind === 'secret' ? [...fixture.composed.draft.data.keys()] : ['key'];
    const objects = [fixture.definition, ...fixture.around].map(inNamespace);
    const text = [...objects, ...workloads(fixture.secretName, keys)]
      .map((object) => stringify(object))
      .join('---\n');

    const migrated = migrate(text);

    compared += await checkKeys(t, keys, migrated, fixture);
    await checkWhole(t, 'directory', migrated, fixture);
    await checkWhole(t, 'variables', migrated, fixture);
    const [{ after } = { after: '' }] = migrated.files;
    t.equal(migrate(after).files[0]?.after, after, 'a second run changes nothing');
  });
}

t.test('many keys were compared', async (t) => {
  t.ok(compared > 100, `${compared}`);
});
