import t from 'tap';

import { table } from '../../bench/report.ts';
import { checkOf, checkOfRounds } from '../../bench/row.ts';

const atLeast = { label: 'fast', unit: 'percent', bar: { kind: 'at least', value: 0.7 } } as const;
const atMost = { label: 'small', unit: 'megabytes', bar: { kind: 'at most', value: 80e6 } } as const;
const exactly = { label: 'calls', unit: 'count', bar: { kind: 'exactly', value: 4 } } as const;

t.test('a number on the bar meets it, and the median of the rounds counts', async (t) => {
  t.equal(checkOf(atLeast, 0.7).met, true);
  t.equal(checkOf(atLeast, 0.69).met, false);
  t.equal(checkOf(atMost, 80e6).met, true);
  t.equal(checkOf(atMost, 80e6 + 1).met, false);
  t.equal(checkOf(exactly, 3).met, false);
  t.match(checkOfRounds(atLeast, [0.1, 0.8, 0.9]), { measured: 0.8, met: true });
  t.match(checkOfRounds(atLeast, [0.9, 0.1, 0.2]), { measured: 0.2, met: false });
});

t.test('the table shows bars, numbers and what was not measured', async (t) => {
  const row = { name: 'row', checks: [checkOf(atLeast, 0.65), checkOf(exactly, 4)], notes: ['a note'] };

  const lines = table([{ row }, { name: 'other', failure: 'it broke' }]).split('\n');

  t.match(lines[2], /^fast +≥ 70\.0 % +65\.0 % +MISSED$/);
  t.match(lines[3], /^calls += 4 +4 +met$/);
  t.match(lines[4], /^other +not measured +it broke$/);
  t.equal(lines.at(-1), 'row: a note');
});
