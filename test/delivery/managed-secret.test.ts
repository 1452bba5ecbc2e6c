import t from 'tap';
import { managedSecret } from '../../src/delivery/managed-secret.ts';
import { secretMac } from '../../src/delivery/secret-name.ts';
import { secretSources, sourcesText } from '../../src/delivery/secret-sources.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { Answers, Filled } from '../../src/request/evaluate.ts';
import type { Source } from '../../src/request/plan.ts';
import { SecretValue } from '../../src/secret-value.ts';

const KEY = Buffer.alloc(32, 7);
const CANARY = 'canary-1f6c';
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'test-app-7c9d8', uid: 'uid' };

function env(name: string, value: string | Uint8Array): Filled {
  return { slot: { kind: 'env', name }, value: new SecretValue(value) };
}

function source(text: string, name: string): Source {
  return { text, address: { store: 'ssm', region: 'eu-central-1', name } };
}

t.test(
  'a managed Secret says who manages it, whose it is and what it was made from, and copies nothing else',
  async (t) => {
    const sources = [{ place: 'env A', reference: 'ssm:/a', version: '3' }];

    const secret = managedSecret({
      key: KEY,
      name: 'n',
      namespace: 'shop',
      owner,
      filled: [env('A', CANARY)],
      sources,
    });

    t.same(
      { ...secret, data: [...secret.data.keys()] },
      {
        name: 'n',
        namespace: 'shop',
        type: 'Opaque',
        labels: { 'app.kubernetes.io/managed-by': 'latchkey', 'velero.io/exclude-from-backup': 'true' },
        annotations: {
          'latchkey.dev/references': 'env A: ssm:/a (version 3)',
          'latchkey.dev/mac': secretMac(KEY, 'shop', 'n'),
        },
        owner,
        data: ['env.A'],
      },
    );
    t.notMatch(JSON.stringify(secret), CANARY);
  },
);

t.test('a pod without a controller has a Secret without owner', async (t) => {
  const secret = managedSecret({ key: KEY, name: 'n', namespace: 'shop', filled: [], sources: [] });

  t.notOk('owner' in secret);
});

t.test('variable X, file X and in-place X of two containers have four keys', async (t) => {
  const value = new SecretValue('v');
  const filled: readonly Filled[] = [
    { slot: { kind: 'env', name: 'X' }, value },
    { slot: { kind: 'file', path: 'X' }, value },
    { slot: { kind: 'in-place', container: 'a', variable: 'X', index: 0 }, value },
    { slot: { kind: 'in-place', container: 'b', variable: 'X', index: 0 }, value },
  ];

  const { data } = managedSecret({ key: KEY, name: 'n', namespace: 'shop', filled, sources: [] });

  t.equal(data.size, 4);
});

t.test('values over 1 MiB in total are refused, and the largest named without a word of them', async (t) => {
  const big = new Uint8Array(700 * 1024).fill(65);
  const filled = [env('SMALL', CANARY), env('BIG', big), env('BIGGER', Buffer.concat([big, big]))];

  const make = () => managedSecret({ key: KEY, name: 'n', namespace: 'shop', filled, sources: [] });

  t.throws(make, {
    code: 'LK-TOO-LARGE',
    message: /the largest: env BIGGER \(1401 KiB\), env BIG \(701 KiB\), env SMALL \(1 KiB\)$/,
  });
});

t.test('values of exactly 1 MiB with their keys are not refused', async (t) => {
  const filled = [env('A', new Uint8Array(1024 * 1024 - 'env.A'.length))];

  t.doesNotThrow(() => managedSecret({ key: KEY, name: 'n', namespace: 'shop', filled, sources: [] }));
});

t.test('sources are the references as written, with the versions that the store answered', async (t) => {
  const answers: Answers = {
    one: (address) =>
      address.name === '/a'
        ? { value: new SecretValue(CANARY), version: '3', arn: '', name: '/a' }
        : new LatchkeyError('LK-NOT-FOUND', 'gone'),
    many: () => [],
  };
  const below = {
    ...source('ssm:/p/*', '/p'),
    address: { store: 'ssm', region: 'eu-central-1', name: '/p', below: 'one-level' },
  } as const;
  const place = { label: 'env-from ssm:/p/*', field: 'f' };
  const plan = {
    items: [
      {
        slot: { kind: 'env', name: 'A' },
        template: ['x', source('ssm:/a', '/a'), source('ssm:/b?optional=true', '/b')],
        place,
      },
    ],
    bulks: [{ kind: 'env', source: below, place }],
  } as const;

  const sources = secretSources(plan, answers);

  t.same(sources, [
    { place: 'env A', reference: 'ssm:/a', version: '3' },
    { place: 'env A', reference: 'ssm:/b?optional=true' },
    { place: 'env-from ssm:/p/*', reference: 'ssm:/p/*' },
  ]);
});

t.test('what people read is bounded and cannot break out of its line', async (t) => {
  const hostile = { place: 'env A', reference: 'ssm:/a\n\u001b[31mowned', version: '1\n2' };
  const many = Array.from({ length: 500 }, (_, index) => ({
    place: `env A${index}`,
    reference: `ssm:/${'x'.repeat(400)}`,
  }));

  const text = sourcesText([hostile, ...many]);

  t.equal(text.split('\n')[0], 'env A: ssm:/a\\u{a}\\u{1b}[31mowned (version 1\\u{a}2)');
  t.match(text, /\nand \d+ more$/);
  t.ok(Buffer.byteLength(text) < 17 * 1024);
});
