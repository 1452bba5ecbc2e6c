import fc from 'fast-check';
import t from 'tap';
import type { Slot } from '../../src/request/plan.ts';
import { compareSlots, dataKey, hiddenVariable, slotLabel, slotOf } from '../../src/request/slot.ts';

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,300}$/);
const paths = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  fc.stringMatching(/^[a-z_./]{1,20}$/),
  fc.constantFrom('sha256-x', '_73ha256-x', 'a_2fb', 'a/b', 'a_b', '~1', '~0', '..data', '__proto__'),
);
const containers = fc.stringMatching(/^[a-z][-a-z0-9]{0,62}$/);
const variables = fc.stringMatching(/^[-._A-Za-z][-._A-Za-z0-9]{0,300}$/);
const slots: fc.Arbitrary<Slot> = fc.oneof(
  names.map((name) => ({ kind: 'env', name }) as const),
  paths.map((path) => ({ kind: 'file', path }) as const),
  fc
    .record({ container: containers, variable: variables, index: fc.nat(2000) })
    .map((rest) => ({ kind: 'in-place', ...rest }) as const),
);

t.test('a slot has a readable key', async (t) => {
  t.equal(dataKey({ kind: 'env', name: 'TEST_VALUE' }), 'env.TEST_VALUE');
  t.equal(dataKey({ kind: 'file', path: 'tls.key' }), 'file.tls.key');
  t.equal(dataKey({ kind: 'file', path: '/etc/app/a_b', mode: 0o400 }), 'file._2fetc_2fapp_2fa_5fb');
  t.equal(dataKey({ kind: 'file', path: 'ü' }), 'file._c3_bc');
  t.equal(
    dataKey({ kind: 'in-place', container: 'app', variable: 'DB.URL_1', index: 2 }),
    'in-place.app.DB.URL_1.2',
  );
  t.match(dataKey({ kind: 'file', path: 'x'.repeat(300) }), /^file\.sha256-[0-9a-f]{64}$/);
});

t.test('every key is a valid key of a Secret and leads back to its slot', async () => {
  fc.assert(
    fc.property(slots, (slot) => {
      const key = dataKey(slot);
      const back = slotOf(key);

      const valid = /^[-._A-Za-z0-9]{1,253}$/.test(key);
      const same = back === undefined ? key.includes('.sha256-') : compareSlots(back, slot) === 0;
      return valid && same;
    }),
    { numRuns: 1000 },
  );
});

t.test('different slots have different keys', async (t) => {
  fc.assert(
    fc.property(slots, slots, (a, b) => (compareSlots(a, b) === 0) === (dataKey(a) === dataKey(b))),
    { numRuns: 1000 },
  );
  const long = 'x'.repeat(300);
  const hashed = dataKey({ kind: 'file', path: long }).slice('file.'.length);
  t.not(dataKey({ kind: 'file', path: hashed }), dataKey({ kind: 'file', path: long }));
});

t.test('foreign keys are no slots', async (t) => {
  for (const key of [
    '',
    'env.',
    'env.a b',
    'env.1',
    'file.',
    'file._',
    'file._zz',
    'file.a/b',
    'in-place.app.X',
    'in-place.app.X.01',
    'password',
    'env.sha256-0',
    '__proto__',
  ]) {
    t.equal(slotOf(key), undefined, key);
  }
});

t.test('slots have an order and a label that is safe to print', async (t) => {
  const unordered: readonly Slot[] = [
    { kind: 'in-place', container: 'b', variable: 'A', index: 0 },
    { kind: 'in-place', container: 'a', variable: 'B', index: 10 },
    { kind: 'in-place', container: 'a', variable: 'B', index: 9 },
    { kind: 'file', path: 'a' },
    { kind: 'env', name: 'b' },
    { kind: 'env', name: 'B' },
  ];

  t.strictSame([...unordered].sort(compareSlots).map(dataKey), [
    'env.B',
    'env.b',
    'file.a',
    'in-place.a.B.9',
    'in-place.a.B.10',
    'in-place.b.A.0',
  ]);
  t.equal(slotLabel({ kind: 'file', path: 'a\u001b[31m\n' }), 'file a\\u{1b}[31m\\u{a}');
  t.equal(
    slotLabel({ kind: 'in-place', container: 'app', variable: 'URL', index: 3 }),
    'container app, env URL',
  );
  t.equal(hiddenVariable('URL', 3), 'LK_IN_PLACE_URL_3');
});
