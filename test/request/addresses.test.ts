import fc from 'fast-check';
import t from 'tap';
import { addressesOf, addressKey } from '../../src/request/addresses.ts';
import type { Address } from '../../src/request/plan.ts';
import { planFor, podOf } from './support.ts';

const texts = fc.constantFrom('a', 'b', '', 'a","b', 'null', '__proto__');
const addresses: fc.Arbitrary<Address> = fc.record(
  {
    store: fc.constantFrom('ssm', 'secretsmanager'),
    region: texts,
    name: texts,
    selector: texts,
    version: texts,
    stage: texts,
    below: fc.constantFrom('one-level', 'all-levels'),
  },
  { requiredKeys: ['store', 'region', 'name'] },
);

t.test('any difference in any field of an address gives another key', async () => {
  const sorted = (address: Address) =>
    JSON.stringify(Object.entries(address).sort(([a], [b]) => (a < b ? -1 : 1)));
  fc.assert(
    fc.property(
      addresses,
      addresses,
      (a, b) => (sorted(a) === sorted(b)) === (addressKey(a) === addressKey(b)),
    ),
    { numRuns: 2000 },
  );
});

t.test('a plan is one fetch for each address', async (t) => {
  const plan = planFor(
    podOf({
      'env.A': 'secretsmanager:db#user',
      'env.B': '((secretsmanager:db#password)) ((ssm:/a:3))',
      'env.C': 'ssm:/a:4',
      'env-from': 'ssm:/shop/*',
    }),
  );

  const found = addressesOf(plan).map(({ name, selector, below }) => [name, selector, below]);

  t.strictSame(found, [
    ['db', undefined, undefined],
    ['/a', '3', undefined],
    ['/a', '4', undefined],
    ['/shop', undefined, 'one-level'],
  ]);
});
