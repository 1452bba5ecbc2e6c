import t from 'tap';

import { LatchkeyError } from '../src/errors.ts';
import { compileRegularExpression } from '../src/regular-expression.ts';

// What Go 1's regexp.ReplaceAllString makes of "zabz" with (a)(b), and with (?P<x>a)(b).
const REPLACEMENTS = [
  ['$1x', 'zz'],
  ['${1}x', 'zaxz'],
  ['$$', 'z$z'],
  ['$9', 'zz'],
  ['${nope}', 'zz'],
  ['$0', 'zabz'],
  ['\\$1', 'z\\az'],
  ['$', 'z$z'],
  ['${1', 'z${1z'],
  ['a$-b', 'za$-bz'],
  ['${x}1', 'za1z', '(?P<x>a)(b)'],
  ['$toString', 'zz'],
] as const;

for (const [replacement, wanted, source = '(a)(b)'] of REPLACEMENTS) {
  t.test(`${replacement} is expanded as Go does`, async (t) => {
    t.equal(compileRegularExpression(source).replaceAll('zabz', replacement), wanted);
  });
}

t.test('a match may stand anywhere in the text', async (t) => {
  t.ok(compileRegularExpression('db').matches('/prod/db/user'));
  t.notOk(compileRegularExpression('^db').matches('/prod/db/user'));
});

t.test('an expression that stops a backtracking engine is matched', async (t) => {
  t.notOk(compileRegularExpression('^(a+)+$').matches(`${'a'.repeat(50_000)}!`));
});

for (const [what, source] of [
  ['no expression', 'hunter2('],
  ['a look-behind', '(?<=hunter2)x'],
  ['too long', 'hunter2'.repeat(200)],
] as const) {
  t.test(`${what} is refused without its text`, async (t) => {
    const error = t.throws(() => compileRegularExpression(source), LatchkeyError) as LatchkeyError;

    t.equal(error.code, 'LK-SYNTAX');
    t.notMatch(`${error.message} ${error.remedy}`, 'hunter2');
  });
}
