import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import t from 'tap';
import type { FetchPlan } from '../../src/delivery/fetch-plan.ts';
import { decodeFetchPlan, encodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { LatchkeyError } from '../../src/errors.ts';

const address = { store: 'ssm', region: 'eu-central-1', name: '/db/password' } as const;
const place = { label: 'env A', field: 'metadata.annotations[latchkey.dev/env.A]' };

const PLAN: FetchPlan = {
  version: 1,
  plan: {
    items: [
      {
        slot: { kind: 'env', name: 'A' },
        template: ['x', { text: 'ssm:/db/password', address, optional: true }],
        place,
      },
      {
        slot: { kind: 'file', path: 'tls.key', mode: 0o440 },
        template: [{ text: 'ssm:/db/password', address }],
        place,
      },
      {
        slot: { kind: 'in-place', container: '__proto__', variable: 'constructor', index: 0 },
        template: [],
        place,
      },
    ],
    bulks: [
      {
        kind: 'env',
        source: { text: 'ssm:/x/*', address: { ...address, below: 'one-level' } },
        keys: ['a'],
        place,
      },
    ],
    fileMode: 0o444,
    assumeRoleArn: 'arn:aws:iam::111122223333:role/other',
    externalId: 'x',
  },
  namespace: 'shop',
  serviceAccount: 'app',
  webIdentity: { roleArn: 'arn:aws:iam::111122223333:role/app', tokenFile: '/token' },
  envFile: '/latchkey/env/env',
  deadlineSeconds: 300,
};

function encodeAny(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

t.test('a plan comes out as it went in', async (t) => {
  t.same(decodeFetchPlan(encodeFetchPlan(PLAN)), PLAN);
});

t.test('a long plan is packed, comes out as it went in, and still means nothing to a shell', async (t) => {
  const items = Array.from({ length: 1000 }, () => PLAN.plan.items).flat();
  const long = { ...PLAN, plan: { ...PLAN.plan, items } };

  const encoded = encodeFetchPlan(long);

  t.ok(encoded.length < 32_768);
  t.match(encoded, /^[A-Za-z0-9_-]+$/);
  t.same(decodeFetchPlan(encoded), long);
});

t.test('a packed plan that would unpack to gigabytes, or is cut, is no plan', async (t) => {
  const bomb = `-${deflateRawSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64url')}`;

  t.throws(() => decodeFetchPlan(bomb), { code: 'LK-CONFIG' });
  t.throws(() => decodeFetchPlan('-abcd'), { code: 'LK-CONFIG' });
});

t.test('the text means nothing to a shell, YAML or the kubelet', async (t) => {
  t.match(encodeFetchPlan(PLAN), /^[A-Za-z0-9_-]+$/);
});

t.test('a plan that no variable can carry is refused with a way out', async (t) => {
  const externalId = randomBytes(200_000).toString('base64');

  const encode = () => encodeFetchPlan({ ...PLAN, plan: { ...PLAN.plan, externalId } });

  t.throws(encode, { code: 'LK-LIMIT', remedy: /delivery secret/ });
});

t.test('the largest plan still fits into one exec string', async (t) => {
  const name = randomBytes(70_000).toString('base64');
  const longest = { ...PLAN, plan: { ...PLAN.plan, items: [], bulks: [], externalId: name } };

  const encoded = encodeFetchPlan(longest);

  t.ok(Buffer.byteLength(`LATCHKEY_FETCH_PLAN=${encoded}\0`) <= 131_072);
});

const BROKEN: readonly (readonly [string, string | undefined])[] = [
  ['nothing', undefined],
  ['an empty text', ''],
  ['no base64url', '{"version":1}'],
  ['no JSON', Buffer.from('hunter2').toString('base64url')],
  ['null', encodeAny(null)],
  ['a list', encodeAny([PLAN])],
  ['another version', encodeAny({ ...PLAN, version: 2 })],
  ['an unknown field', encodeAny({ ...PLAN, command: 'sh' })],
  ['an unknown field inside', encodeAny({ ...PLAN, plan: { ...PLAN.plan, extra: 1 } })],
  ['no namespace', encodeAny({ ...PLAN, namespace: undefined })],
  [
    'an unknown store',
    encodeAny({ ...PLAN, plan: { ...PLAN.plan, bulks: [{ ...PLAN.plan.bulks[0], kind: 'x' }] } }),
  ],
  ['a mode of five digits', encodeAny({ ...PLAN, plan: { ...PLAN.plan, fileMode: 0o4755 } })],
  ['a deadline that is no number', encodeAny({ ...PLAN, deadlineSeconds: '300' })],
];

for (const [name, encoded] of BROKEN) {
  t.test(`${name} is no plan`, async (t) => {
    try {
      decodeFetchPlan(encoded);
      t.fail('was accepted');
    } catch (error) {
      t.ok(error instanceof LatchkeyError && error.code === 'LK-CONFIG');
      t.notMatch(String(error), /hunter2/, 'and is not quoted');
      t.equal(error instanceof Error && error.cause, undefined);
    }
  });
}
