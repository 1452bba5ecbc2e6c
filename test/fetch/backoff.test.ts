import * as fc from 'fast-check';
import t from 'tap';
import { fullJitter } from '../../src/fetch/backoff.ts';

t.test('the bound doubles up to eight seconds, and any wait below it can come', async (t) => {
  t.same(
    [0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => fullJitter(attempt, () => 1)),
    [250, 500, 1000, 2000, 4000, 8000, 8000, 8000],
  );
  t.equal(
    fullJitter(3, () => 0),
    0,
  );
});

t.test('no wait is negative, endless or no number', async () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const wait = fullJitter(attempt, () => random);
        return wait >= 0 && wait <= 8000;
      },
    ),
  );
});
