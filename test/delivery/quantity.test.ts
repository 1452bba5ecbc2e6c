import t from 'tap';
import { sameQuantity } from '../../src/delivery/quantity.ts';

const SAME = [
  ['1', '1000m'],
  ['0.1', '100m'],
  ['1Gi', '1024Mi'],
  ['96Mi', '98304Ki'],
  ['1k', '1000'],
  ['0.5Gi', '512Mi'],
  [1, '1'],
] as const;
const DIFFERENT = [
  ['1', '1m'],
  ['1Gi', '1G'],
  ['32Mi', '64Mi'],
  ['', '0'],
  ['x', 'y'],
  [undefined, '1'],
] as const;

for (const [a, b] of SAME) {
  t.test(`${a} and ${b} are the same quantity`, async (t) => {
    t.ok(sameQuantity(a, b));
  });
}

for (const [a, b] of DIFFERENT) {
  t.test(`${a} and ${b} are different quantities`, async (t) => {
    t.notOk(sameQuantity(a, b));
  });
}
