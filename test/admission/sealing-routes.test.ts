import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import t from 'tap';

import { createHealthServer } from '../../src/admission/health.ts';
import { sealingRoutes } from '../../src/admission/sealing-routes.ts';
import { EMPTY_RING, keyRing } from '../../src/sealed/key-ring.ts';
import { createOpener } from '../../src/sealed/opener.ts';
import { labelOf, type SealedFor } from '../../src/sealed/scope.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { readSealingKey } from '../../src/sealed/sealing-key.ts';
import { openText } from '../support/sealing.ts';
import { fixtureKeys, privateKeys } from '../support/sealing-keys.ts';

const CANARY = 'canary-0f0f-hunter2';
const readings = fixtureKeys().map(({ bits, privateKey, certificate }) =>
  readSealingKey({ name: String(bits), privateKey, certificate, createdMs: 0 }),
);
const ring = keyRing(readings);
const [foreign] = privateKeys(1) as [KeyObject];
const own = ring.keys[0]?.privateKey as KeyObject;

let now = 0;
const clock = { now: () => now, wall: () => 0 };
const opener = createOpener({ ring: () => ring, clock, withoutKeys: '' });
const server = createHealthServer({
  listen: { host: '127.0.0.1', port: 0 },
  checks: new Map(),
  metrics: { scrape: async () => ({ type: 'text/plain', text: '' }) },
  routes: sealingRoutes({ sealing: { opener, ring: () => ring }, clock }),
});
const { port } = await server.listen();
t.teardown(() => server.close());
t.beforeEach(() => {
  now += 60_000;
});

async function ask(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method, ...text });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

async function sealedSecret(
  sealedFor: Partial<SealedFor> = {},
  { by = own, metadata = {}, template = {} } = {},
): Promise<object> {
  const label = labelOf({ scope: 'strict', namespace: 'shop', name: 'db', ...sealedFor });
  const value = new Uint8Array(Buffer.from(CANARY));
  const password = await sealValue(value, label, createPublicKey(by));
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', namespace: 'shop', ...metadata },
    spec: { encryptedData: { password }, template },
    status: { conditions: [] },
  };
}

t.test('the certificate of the newest key is there for everybody', async (t) => {
  const { status, type, text } = await ask('/v1/cert.pem');

  t.equal(status, 200);
  t.equal(type, 'application/x-pem-file');
  t.ok(ring.keys.some(({ certificate }) => certificate?.pem.trim() === text.trim()));
});

t.test('verify says yes or no, and nothing else', async (t) => {
  const fine = await ask('/v1/verify', await sealedSecret());
  const moved = await ask('/v1/verify', await sealedSecret({ namespace: 'bank' }));
  const unknown = await ask('/v1/verify', await sealedSecret({}, { by: foreign }));

  t.equal(fine.status, 200);
  t.same([moved.status, unknown.status], [409, 409]);
  t.equal(moved.text, unknown.text, 'why it does not open is not told');
});

t.test('verify runs no template: one that fails, or does not end, changes nothing', async (t) => {
  for (const data of [
    { a: '{{ fail .password }}' },
    { a: '{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}' },
  ])
    t.equal((await ask('/v1/verify', await sealedSecret({}, { template: { data } }))).status, 200);
});

t.test('rotate seals for whom it was sealed before, whatever the template says', async (t) => {
  const annotations = { 'sealedsecrets.bitnami.com/cluster-wide': 'true' };
  const data = { oracle: '{{ fail .password }}' };
  const object = await sealedSecret({}, { template: { metadata: { annotations, name: 'x' }, data } });

  const { status, text } = await ask('/v1/rotate', object);

  const anew = JSON.parse(text) as {
    spec: { encryptedData: { password: string }; template: object };
    status?: object;
  };
  const { password } = anew.spec.encryptedData;
  t.equal(status, 200);
  t.equal((await openText(password, { scope: 'strict', namespace: 'shop', name: 'db' })).text, CANARY);
  await t.rejects(openText(password, { scope: 'cluster-wide', namespace: '', name: '' }), {
    code: 'LK-SEALED',
  });
  t.same(anew.spec.template, { metadata: { annotations, name: 'x' }, data }, 'the template passes as it is');
  t.equal(anew.status, undefined);
  t.notMatch(text, CANARY);
});

t.test('rotate tells of what does not open no more than verify', async (t) => {
  const moved = await ask('/v1/rotate', await sealedSecret({ name: 'other' }));
  const unknown = await ask('/v1/rotate', await sealedSecret({}, { by: foreign }));

  t.same([moved.status, unknown.status], [500, 500]);
  t.equal(moved.text, unknown.text);
});

for (const [what, body] of [
  ['no JSON', CANARY],
  ['a list', []],
  ['a Secret', { kind: 'Secret', data: {} }],
  ['the form of before', { kind: 'SealedSecret', spec: { data: 'AgB', encryptedData: {} } }],
  ['a value that is no text', { kind: 'SealedSecret', spec: { encryptedData: { a: 5 } } }],
] as const) {
  t.test(`${what} is no question`, async (t) => {
    const answers = [await ask('/v1/verify', body), await ask('/v1/rotate', body)];

    t.same(
      answers.map(({ status }) => status),
      [400, 400],
    );
    t.notMatch(JSON.stringify(answers), CANARY);
  });
}

t.test('a body of three mebibytes is not read', async (t) => {
  t.equal((await ask('/v1/verify', 'x'.repeat(3_000_000))).status, 413);
});

t.test('only so many are answered at once', async (t) => {
  const object = await sealedSecret();
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('/v1/verify', object)));
  now += 1000;
  const later = await ask('/v1/verify', object);

  t.equal(answers.filter(({ status }) => status === 429).length, 10);
  t.equal(later.status, 200);
});

t.test('another method, and another path, are refused', async (t) => {
  t.equal((await ask('/v1/cert.pem', 'x')).status, 405);
  t.equal((await ask('/v1/verify')).status, 405);
  t.equal((await ask('/v1/decrypt', 'x')).status, 405);
  t.equal((await ask('/v1/decrypt')).status, 404);
});

t.test('without a key there is no certificate, and nothing opens', async (t) => {
  const empty = createOpener({ ring: () => EMPTY_RING, clock, withoutKeys: '' });
  const routes = sealingRoutes({ sealing: { opener: empty, ring: () => EMPTY_RING }, clock });

  t.equal((await routes.get('/v1/cert.pem')?.page(''))?.status, 404);
  t.equal((await routes.get('/v1/verify')?.page(JSON.stringify(await sealedSecret())))?.status, 409);
});

t.test("no test key is one of somebody's cluster", async (t) => {
  t.match(readFileSync(new URL('../fixtures/sealed/keys.json', import.meta.url), 'utf8'), 'Throw-away keys');
});
