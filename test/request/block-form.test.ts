import fc from 'fast-check';
import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import { readBlock, readYamlBlock } from '../../src/request/block-form.ts';
import { readPlainLines } from '../../src/request/plain-lines.ts';
import { anyText, thrown } from './support.ts';

t.test('a block is a map of text to text', async (t) => {
  const block = [
    'A: ssm:/a#x',
    '# a comment',
    'B: "ssm:/b"',
    "C: 'x ((ssm:/c)) # y'",
    'DATABASE_URL: postgres://app:((secretsmanager:db?encode=url#password))@db/app',
    'D: |',
    '  line one ((ssm:/d))',
    '  line two',
  ].join('\n');

  t.strictSame(readBlock(block), [
    { key: 'A', value: 'ssm:/a#x', line: 1 },
    { key: 'B', value: 'ssm:/b', line: 3 },
    { key: 'C', value: 'x ((ssm:/c)) # y', line: 4 },
    {
      key: 'DATABASE_URL',
      value: 'postgres://app:((secretsmanager:db?encode=url#password))@db/app',
      line: 5,
    },
    { key: 'D', value: 'line one ((ssm:/d))\nline two\n', line: 6 },
  ]);
});

t.test('names and values stay the text that was written', async (t) => {
  const values = readBlock(
    '1.0: 1.0\n0755: 0755\nno: no\nnull: null\n~: ~\ntrue: 12345678901234567890\nE:\n',
  );

  t.strictSame(
    values.map(({ key, value }) => [key, value]),
    [
      ['1.0', '1.0'],
      ['0755', '0755'],
      ['no', 'no'],
      ['null', 'null'],
      ['~', '~'],
      ['true', '12345678901234567890'],
      ['E', ''],
    ],
  );
  t.strictSame(readBlock('{"A": "ssm:/a"}'), [{ key: 'A', value: 'ssm:/a', line: 1 }]);
});

t.test('a name that stands twice is returned twice, and hostile names are names', async (t) => {
  t.strictSame(
    readBlock('A: x\nA: y\n__proto__: z\nconstructor: w').map(({ key }) => key),
    ['A', 'A', '__proto__', 'constructor'],
  );
});

t.test('what is no such map is refused by its line, without the text', async (t) => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['', /nothing is asked for/],
    ['# only a comment', /nothing is asked for/],
    ['{}', /nothing is asked for/],
    ['hunter2', /not a YAML map/],
    ['- hunter2', /not a YAML map/],
    ['A: ssm:/a\nB: "hunter2', /line 2: this is not YAML/],
    ['A: ssm:/a\n  B: hunter2', /line \d: this is not YAML/],
    ['A: ssm:/a\nB: [hunter2]', /line 2: the value is not plain text/],
    ['A: ssm:/a\nB:\n  c: hunter2', /line 2: the value is not plain text/],
    ['A: &x hunter2\nB: *x', /line 1: the value is not plain text/],
    ['A: *hunter2', /line 1/],
    ['A: !!binary hunter2', /line 1/],
    ['? [a]\n: b', /line 1: the name is not plain text/],
    ['A: x\n---\nB: y', /line \d: this is not YAML/],
    ['A: \thunter2: x: y', /line 1/],
    ['%YAML hunter2\nA: x', /line \d/],
    ['&a {A: x}', /not a YAML map/],
    ['{a: '.repeat(5000), /YAML/],
    ['a: ' + '['.repeat(50_000), /YAML/],
  ];
  for (const [text, message] of rows) {
    const error = thrown(() => readBlock(text));

    t.equal(error.code, 'LK-SYNTAX', text.slice(0, 40));
    t.match(error.message, message, text.slice(0, 40));
    t.notMatch(`${error.message} ${error.remedy} ${String(error.cause)}`, /hunter2/, text.slice(0, 40));
  }
});

t.test('arbitrary text is read or refused, never anything else', async () => {
  const pieces = fc.constantFrom(
    'A',
    ': ',
    ':',
    '\n',
    '  ',
    '- ',
    '&a',
    '*a',
    '!t',
    '|',
    '>',
    '"',
    "'",
    '{',
    '[',
    '? ',
    '#',
    '%',
    '\t',
  );
  const texts = fc.oneof(
    anyText,
    fc.array(pieces).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        readBlock(text);
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

t.test('plain lines are read as YAML reads them', async (t) => {
  const keys = fc.constantFrom(
    'A',
    'A_1',
    '/etc/app/x',
    'a.b-c',
    '1.0',
    'true',
    '-a',
    '.a',
    'a b',
    '"a"',
    '',
  );
  const values = fc.oneof(
    fc.constantFrom(
      'ssm:/a#b',
      '((ssm:/a)) x',
      '\\((a',
      '$x',
      'x: y',
      'x #y',
      'x:',
      'x: ',
      '"x"',
      "'x'",
      '- x',
      '[x',
      '{x',
      '*x',
      '&x',
      '!x',
      '|',
      '> x',
      '%x',
      '@x',
      '`x',
      '',
      'x\ty',
      'é',
      '? x',
    ),
    fc.string({ maxLength: 12 }),
  );
  const separators = fc.constantFrom(': ', ':  ', ':', ' : ', ':\t');
  const lines = fc.oneof(
    fc.constantFrom('A: ssm:/a', 'B: x ((ssm:/b#c)) "y"  ', '/etc/x: $a'),
    fc.tuple(keys, separators, values).map((parts) => parts.join('')),
    fc.constantFrom('', '# comment', '  indented', ' # x', '---', '...', '\t', ' '),
  );
  const read = (reader: typeof readBlock, text: string): string => {
    try {
      return JSON.stringify(reader(text));
    } catch {
      return 'refused';
    }
  };
  let plain = 0;
  fc.assert(
    fc.property(fc.array(lines, { minLength: 1, maxLength: 4 }), (list) => {
      const text = list.join('\n');
      if (readPlainLines(text) !== undefined) plain += 1;
      return read(readBlock, text) === read(readYamlBlock, text);
    }),
    { numRuns: 3000 },
  );
  t.ok(plain > 100, 'the generator makes plain lines');
});
