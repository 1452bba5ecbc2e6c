import fc from 'fast-check';
import t from 'tap';
import { compileRegularExpression, quoteMeta } from '../../src/templates/regular-expression.ts';
import { Fault } from '../../src/templates/template-error.ts';

function refusal(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

t.test('a pattern matches anywhere unless it says otherwise', async (t) => {
  t.equal(compileRegularExpression('b+').test('abbc'), true);
  t.equal(compileRegularExpression('^b+$').test('abbc'), false);
  t.equal(compileRegularExpression('^/prod/.*/password$').test('/prod/shop/password'), true);
});

t.test('matches carry their places and groups', async (t) => {
  const matches = compileRegularExpression('(a)(x)?').matches('a-ax');

  t.same(matches, [
    { start: 0, end: 1, groups: ['a', 'a', undefined] },
    { start: 2, end: 4, groups: ['ax', 'a', 'x'] },
  ]);
  t.equal(compileRegularExpression('a').matches('aaa', 2).length, 2);
});

t.test('a replacement takes groups by number and by name', async (t) => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['/path/(.*)', '/path/db/user', '$1', 'db/user'],
    ['(?P<env>[a-z]+)-(?P<name>.*)', 'prod-db', '${name}_$env', 'db_prod'],
    ['(a)', 'a', '$1x', ''],
    ['(a)', 'a', '${1}x', 'ax'],
    ['a', 'a', '$$1', '$1'],
    ['a', 'a', '$0$0', 'aa'],
    ['a', 'a', '$9$nope', ''],
    ['', 'ab', '-', '-a-b-'],
  ];
  for (const [pattern, text, replacement, expected] of rows) {
    t.equal(compileRegularExpression(pattern).replace(text, replacement), expected, pattern);
  }
});

t.test('what blows up elsewhere takes linear time here', async (t) => {
  const text = `${'a'.repeat(100_000)}b`;

  for (const pattern of [
    '(a+)+$',
    '(a|aa)+$',
    '(a*)*c',
    '(.*)(.*)(.*)(.*)[^x]$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ]) {
    t.equal(typeof compileRegularExpression(pattern).test(text), 'boolean', pattern);
  }
});

t.test('a pattern that is malformed, too long or too large is refused, without its text', async (t) => {
  for (const pattern of [
    '(hunter2',
    'hunter2(?=x)',
    '(?<=hunter2)x',
    'hunter2\\1',
    'hunter2{1001}',
    '((hunter2{100}){100})',
  ]) {
    const error = refusal(() => compileRegularExpression(pattern));

    t.equal(error.message, 'the regular expression is malformed', pattern);
    t.equal(error.cause, undefined);
  }
  t.match(refusal(() => compileRegularExpression('x'.repeat(1001))).message, /longer than 1000 characters/);
});

t.test('a large pattern takes no long text, and many matches end at a limit', async (t) => {
  const expression = compileRegularExpression('(a?){1000}b');

  t.match(refusal(() => expression.test('a'.repeat(100_000))).message, /the text is too long/);
  t.match(refusal(() => expression.replace('a'.repeat(100_000), '')).message, /the text is too long/);
  t.match(
    refusal(() => compileRegularExpression('').matches('x'.repeat(50_000))).message,
    /more than 20000 times/,
  );
});

t.test('who replaces is told the length of the result, and can end it', async (t) => {
  const lengths: number[] = [];

  compileRegularExpression('a').replace('aa', 'xyz', (length) => lengths.push(length));

  t.same(lengths, [3, 6]);
});

t.test('a quoted text matches itself and nothing else', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
      return compileRegularExpression(`^${quoteMeta(text)}$`).test(text);
    }),
  );
});

t.test('any pattern and any text end in an answer or a refusal', async () => {
  const parts = fc.constantFrom(
    ...'()[]{}|*+?.^$\\dwsbpLQE,:-0123a é🌍'.split(''),
    '(?P<n>',
    '(?i)',
    '{2,3}',
    '[[:alpha:]]',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 15 }), fc.string({ unit: 'binary' }), (pattern, text) => {
      try {
        const expression = compileRegularExpression(pattern.join(''));
        expression.test(text);
        expression.replace(text, '$1${n}$');
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
