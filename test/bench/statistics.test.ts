import * as fc from 'fast-check';
import t from 'tap';

import { median, percentile, ratios, spread } from '../../bench/statistics.ts';

t.test('the median is the middle number, or the mean of the two in the middle', async (t) => {
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([7]), 7);
  t.throws(() => median([]), RangeError);
});

t.test('a percentile is a number of the list that no more than the rest are above', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);

  t.equal(percentile(hundred, 0.99), 99);
  t.equal(percentile(hundred, 1), 100);
  t.equal(percentile([3], 0.99), 3);
  t.throws(() => percentile([], 0.5), RangeError);
});

t.test('half of the rounds lie between low and high, and the median too', async (t) => {
  fc.assert(
    fc.property(
      // The sum of two of the largest doubles is infinite; no measurement is near them.
      fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), { minLength: 1 }),
      (numbers) => {
        const { low, high, median } = spread(numbers);
        const within = numbers.filter((number) => low <= number && number <= high);
        return low <= median && median <= high && within.length * 2 >= numbers.length;
      },
    ),
  );
  t.pass('for any numbers');
});

t.test('a ratio compares the numbers of the same round', async (t) => {
  t.same(ratios([1, 4], [2, 2]), [0.5, 2]);
  t.throws(() => ratios([1], []), RangeError);
});
