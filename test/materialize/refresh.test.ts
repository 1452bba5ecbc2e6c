import t from 'tap';

import { refreshOf } from '../../src/materialize/refresh.ts';

const HOUR = 3_600_000;
const CASES: readonly (readonly [spec: object, refresh: object])[] = [
  [{}, { kind: 'default' }],
  [{ refreshInterval: '1h' }, { kind: 'every', ms: HOUR }],
  [{ refreshInterval: '1h30m' }, { kind: 'every', ms: 1.5 * HOUR }],
  [{ refreshInterval: '1.5h' }, { kind: 'every', ms: 1.5 * HOUR }],
  [{ refreshInterval: '90s' }, { kind: 'every', ms: 90_000 }],
  [{ refreshInterval: '+2m' }, { kind: 'every', ms: 120_000 }],
  [{ refreshInterval: '100ms' }, { kind: 'every', ms: 10_000 }],
  [{ refreshInterval: '9000h' }, { kind: 'every', ms: 720 * HOUR }],
  [{ refreshInterval: '0' }, { kind: 'on-change' }],
  [{ refreshInterval: '0s' }, { kind: 'on-change' }],
  [{ refreshInterval: '-5m' }, { kind: 'on-change' }],
  [
    { refreshInterval: '1h', refreshPolicy: 'Periodic' },
    { kind: 'every', ms: HOUR },
  ],
  [{ refreshInterval: '1h', refreshPolicy: 'OnChange' }, { kind: 'on-change' }],
  [{ refreshInterval: '1h', refreshPolicy: 'CreatedOnce' }, { kind: 'once' }],
  // What is none is not said.
  [{ refreshInterval: 'soon' }, { kind: 'default' }],
  [{ refreshInterval: '5' }, { kind: 'default' }],
  [{ refreshInterval: '1h and more' }, { kind: 'default' }],
  [{ refreshInterval: '' }, { kind: 'default' }],
  [{ refreshInterval: '-' }, { kind: 'default' }],
  [{ refreshInterval: 3600 }, { kind: 'default' }],
  [{ refreshInterval: '1h'.repeat(1_000) }, { kind: 'default' }],
];

for (const [spec, refresh] of CASES) {
  t.test(`${JSON.stringify(spec).slice(0, 80)} is ${JSON.stringify(refresh)}`, async (t) => {
    t.strictSame(refreshOf({ spec }), refresh);
  });
}

t.test('what is no object says nothing', async (t) => {
  for (const definition of [undefined, null, 'x', [], { spec: 'x' }, { spec: null }])
    t.strictSame(refreshOf(definition), { kind: 'default' });
});
