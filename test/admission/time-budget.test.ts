import t from 'tap';
import { PRECISION_MS } from '../../src/admission/deadlines.ts';
import { timeBudget } from '../../src/admission/time-budget.ts';

t.test('the answer leaves at least a second before the API server gives up', async (t) => {
  for (let seconds = 2; seconds <= 30; seconds++) {
    t.ok(timeBudget(`${String(seconds)}s`) + PRECISION_MS <= seconds * 1000 - 1000, `${String(seconds)}s`);
  }
});

t.test('what is no timeout counts as the default of ten seconds, what is too long as thirty', async (t) => {
  const standard = timeBudget('10s');

  for (const text of [undefined, '', '0s', '10', '-5s', '1e3s', '5m', ['5s', '6s'], 'NaNs']) {
    t.equal(timeBudget(text), standard);
  }
  t.equal(timeBudget('999s'), timeBudget('30s'));
  t.equal(timeBudget('1s'), 500);
});
