import * as fc from 'fast-check';
import t from 'tap';
import {
  dryRunSecretName,
  isSecretOf,
  readSecretName,
  secretIdentity,
  secretName,
} from '../../src/delivery/secret-name.ts';
import type { SecretScope } from '../../src/delivery/secret-name.ts';
import type { Filled } from '../../src/request/evaluate.ts';
import { SecretValue } from '../../src/secret-value.ts';

const KEY = new Uint8Array(32).fill(7);

const SCOPE: SecretScope = {
  namespace: 'shop',
  serviceAccount: 'app',
  serviceAccountUid: 'uid-1',
  roleChain: ['arn:aws:iam::111122223333:role/app'],
  regions: ['eu-central-1'],
  revision: '7c9d8f',
  planHash: '0123456789abcdef',
};

function env(name: string, value: string): Filled {
  return { slot: { kind: 'env', name }, value: new SecretValue(value) };
}

const OTHER_SCOPES: readonly (readonly [string, SecretScope])[] = [
  ['namespace', { ...SCOPE, namespace: 'shop2' }],
  ['service account', { ...SCOPE, serviceAccount: 'app2' }],
  ['uid of the service account', { ...SCOPE, serviceAccountUid: 'uid-2' }],
  ['role', { ...SCOPE, roleChain: ['arn:aws:iam::111122223333:role/other'] }],
  ['chain', { ...SCOPE, roleChain: [...SCOPE.roleChain, 'arn:aws:iam::111122223333:role/other'] }],
  ['external id', { ...SCOPE, externalId: '' }],
  ['region', { ...SCOPE, regions: ['eu-west-1'] }],
  ['number of regions', { ...SCOPE, regions: ['eu-central-1', 'eu-west-1'] }],
  ['owner', { ...SCOPE, ownerUid: 'uid' }],
  ['revision', { ...SCOPE, revision: '7c9d8g' }],
  ['plan', { ...SCOPE, planHash: 'fedcba9876543210' }],
  ['border between two fields', { ...SCOPE, namespace: 'sho', serviceAccount: 'papp' }],
];

for (const [field, other] of OTHER_SCOPES) {
  t.test(`another ${field} is another identity`, async (t) => {
    t.not(secretIdentity(KEY, other), secretIdentity(KEY, SCOPE));
  });
}

t.test('the order in which regions are named does not count', async (t) => {
  const one = secretIdentity(KEY, { ...SCOPE, regions: ['eu-west-1', 'eu-central-1', 'eu-west-1'] });
  const two = secretIdentity(KEY, { ...SCOPE, regions: ['eu-central-1', 'eu-west-1'] });

  t.equal(one, two);
});

t.test('another installation has other identities', async (t) => {
  t.not(secretIdentity(new Uint8Array(32).fill(8), SCOPE), secretIdentity(KEY, SCOPE));
});

t.test('a key under 32 bytes is refused', async (t) => {
  t.throws(() => secretIdentity(new Uint8Array(31), SCOPE), RangeError);
});

const H1 = secretIdentity(KEY, SCOPE);

t.test('a name says owner, identity and values', async (t) => {
  const name = secretName(KEY, { owner: 'test-app-7c9d8', h1: H1, filled: [env('A', 'x')] });

  t.match(name, /^latchkey-test-app-7c9d8-[0-9a-f]{64}$/);
  t.equal(readSecretName(name)?.h1, H1);
  t.ok(isSecretOf(name, H1));
});

t.test('equal values in any order have one name', async (t) => {
  const one = secretName(KEY, { owner: 'a', h1: H1, filled: [env('A', 'x'), env('B', 'y')] });
  const two = secretName(KEY, { owner: 'a', h1: H1, filled: [env('B', 'y'), env('A', 'x')] });

  t.equal(one, two);
});

type Pairs = readonly (readonly [string, string])[];

function nameOf(pairs: Pairs): string {
  return secretName(KEY, { owner: 'a', h1: H1, filled: pairs.map(([key, value]) => env(key, value)) });
}

function canonical(pairs: Pairs): string {
  return JSON.stringify(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

t.test('different slots or values never have one name, wherever the borders between them are', async () => {
  const filledArbitrary = fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[A-Z]{1,3}$/), fc.string({ maxLength: 4 })),
    {
      selector: ([name]) => name,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(
      filledArbitrary,
      filledArbitrary,
      (a, b) => (nameOf(a) === nameOf(b)) === (canonical(a) === canonical(b)),
    ),
  );
});

t.test('values that only differ in where one ends and the next slot begins have two names', async (t) => {
  t.not(
    nameOf([['A', 'xenv.By']]),
    nameOf([
      ['A', 'x'],
      ['B', 'y'],
    ]),
  );
});

t.test('the name of a dry run has the same form and identity, and no value could change it', async (t) => {
  const dry = dryRunSecretName(KEY, { owner: 'app', h1: H1 });

  t.ok(isSecretOf(dry, H1));
  t.not(dry, secretName(KEY, { owner: 'app', h1: H1, filled: [] }));
});

t.test('whatever the owner is called, the name is a valid Secret name of bounded length', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9.-]{0,80}$/)), (owner) => {
      const name = secretName(KEY, { owner, h1: H1, filled: [] });
      return (
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= 114 && readSecretName(name)?.h1 === H1
      );
    }),
  );
});

t.test('an owner whose cut ends in a hyphen leaves no double one', async (t) => {
  const name = secretName(KEY, { owner: `${'a'.repeat(39)}-bcd`, h1: H1, filled: [] });

  t.ok(name.startsWith(`latchkey-${'a'.repeat(39)}-${H1}`));
});

const FOREIGN = [
  '',
  'latchkey-tls',
  'latchkey-app-0123',
  `app-${'0'.repeat(64)}`,
  `latchkey--${'0'.repeat(64)}`,
  `latchkey-A-${'0'.repeat(64)}`,
  `latchkey-a-${'0'.repeat(64)}\n`,
];

for (const name of FOREIGN) {
  t.test(`${JSON.stringify(name)} is no managed Secret's name`, async (t) => {
    t.equal(readSecretName(name), undefined);
    t.notOk(isSecretOf(name, H1));
  });
}
