import * as fc from 'fast-check';
import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import { loadJmesPath } from '../../src/request/jmes-path.ts';

const jmesPath = await loadJmesPath();

function find(expression: string, json: string): string | null {
  try {
    return jmesPath.begin().search(expression, json);
  } catch (error) {
    return error instanceof LatchkeyError ? error.code : 'another error';
  }
}

t.test('known answers of the specification', (t) => {
  const people = JSON.stringify({
    people: [
      { name: 'b', age: 30, tags: ['x'] },
      { name: 'a', age: 50, tags: ['y', 'z'] },
      { name: 'c', age: 40, other: { 'with-hyphen': 'yes' } },
    ],
    ops: { functionA: { numArgs: 2 }, functionB: { numArgs: 3 } },
  });
  const answers: readonly (readonly [string, string | null])[] = [
    ['people[0].name', 'b'],
    ['people[-1].name', 'c'],
    ['people[*].name', '["b","a","c"]'],
    ['people[:2].name', '["b","a"]'],
    ['people[::-1].name', '["c","a","b"]'],
    ['people[?age > `35`].name', '["a","c"]'],
    ["people[?name == 'a'] | [0].age", '50'],
    ['people[].tags[]', '["x","y","z"]'],
    ['people[].tags', '[["x"],["y","z"]]'],
    ['people[2].other."with-hyphen"', 'yes'],
    ['ops.*.numArgs', '[2,3]'],
    ['length(people)', '3'],
    ['sort_by(people, &age)[*].name', '["b","c","a"]'],
    ['max_by(people, &age).name', 'a'],
    ["join(', ', people[*].name)", 'b, a, c'],
    ['people[0].{n: name, a: age}', '{"n":"b","a":30}'],
    ['people[0].[name, age]', '["b",30]'],
    ['people[0].absent || people[1].name', 'a'],
    ['people[0].name && people[1].name', 'a'],
    ['!(people[0].absent)', 'true'],
    ["contains(people[1].tags, 'z')", 'true'],
    ["to_number('12')", '12'],
    ['type(people)', 'array'],
    ['keys(ops)', '["functionA","functionB"]'],
    ['sum(people[*].age)', '120'],
    ['map(&name, people)', '["b","a","c"]'],
    ['not_null(absent, people[1].name)', 'a'],
    ['`"literal"`', 'literal'],
    ['\'raw "literal"\'', 'raw "literal"'],
    ['absent', null],
    ['people[9]', null],
    ['people.name', null],
    ['@.ops.functionA.numArgs', '2'],
  ];
  for (const [expression, answer] of answers) t.equal(find(expression, people), answer, expression);
  t.end();
});

t.test('what is no text becomes the text that one expects, with every digit', (t) => {
  const json =
    '{"n":12345678901234567890,"f":1.50,"e":1E3,"b":false,"z":null,"o":{ "n": 12345678901234567890 },"s":"7"}';

  t.equal(find('n', json), '12345678901234567890');
  t.equal(find('f', json), '1.50');
  t.equal(find('e', json), '1E3');
  t.equal(find('b', json), 'false');
  t.equal(find('z', json), null);
  t.equal(find('o', json), '{"n":12345678901234567890}');
  t.equal(find('[n, s]', json), '[12345678901234567890,"7"]');
  t.equal(find('length(s)', json), '1');
  t.end();
});

t.test(
  'one number spelled in two ways is that number; two that a double cannot tell apart are refused',
  (t) => {
    t.equal(find('a', '{"a":1.0,"b":1}'), '1');
    t.equal(find('a', '{"a":100,"b":1e2,"c":1.00E+2}'), '100');
    t.equal(find('a', '{"a":0,"b":-0.0}'), '0');
    t.equal(find('a', '{"a":12345678901234567890,"b":12345678901234567891}'), 'LK-PROPERTY');
    t.equal(find('s', '{"a":12345678901234567890,"b":12345678901234567891,"s":"x"}'), 'x');
    t.equal(find('a', '{"a":1e400,"b":"1e400"}'), '1e400');
    t.end();
  },
);

t.test('only own members are found', (t) => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'length'])
    t.equal(find(name, '{"a":1}'), null, name);
  for (const name of ['constructor', 'length']) t.equal(find(`[0].${name}`, '["text"]'), null, name);
  t.equal(find('length', '[1]'), null);
  t.equal(find('"__proto__".x', '{"__proto__":{"x":"mine"}}'), 'mine');
  t.end();
});

t.test('what an expression makes has no more than its own members either', (t) => {
  for (const made of ['{b: a}', 'merge(@, @)', '`{"b":1}`'])
    for (const name of ['constructor', 'toString', '"__proto__"'])
      t.equal(find(`${made}.${name}`, '{"a":1}'), null, `${made}.${name}`);
  t.equal(find('[{b: a}."__proto__"]', '{"a":1}'), '[null]');
  t.equal(find('{"__proto__": a}', '{"a":1}'), '{"__proto__":1}');
  t.end();
});

t.test('numbers are sorted as numbers', (t) => {
  t.equal(find('sort(@)', '[10,9,1,-2,-10]'), '[-10,-2,1,9,10]');
  t.equal(find('sort(@)', '["b","a","10","9"]'), '["10","9","a","b"]');
  t.equal(find('sort(@)', '[]'), '[]');
  for (const list of ['[1,"a"]', '[true]', '{"a":1}']) t.equal(find('sort(@)', list), 'LK-PROPERTY', list);
  t.end();
});

t.test('what is turned into text keeps its digits, and only what is a number is turned into one', (t) => {
  t.equal(find('to_string(@)', '12345678901234567890'), '12345678901234567890');
  t.equal(find('map(&to_string(@), @)', '[12345678901234567890,1.50]'), '["12345678901234567890","1.50"]');
  for (const text of ['""', '" 1 "', '"0x10"', '"Infinity"', '"1 2"', 'true', '[1]'])
    t.equal(find('to_number(@)', text), null, text);
  t.equal(find('to_number(@)', '"-1.5e1"'), '-15');
  for (const expression of ['sum(@)', 'avg(@)', '{sum: sum(@)}'])
    t.equal(find(expression, '[1e308,1e308]'), 'LK-PROPERTY', expression);
  t.end();
});

t.test('two numbers of many digits are compared in one pass', (t) => {
  const zeros = '0'.repeat(400_000);

  t.equal(find('[0]', `[1${zeros}1,1${zeros}2]`), 'LK-PROPERTY');
  t.end();
});

t.test('the expressions of one Secret may together cost only so much', (t) => {
  const numbers = `{"a":[${Array.from({ length: 32_000 }, () => '1').join(',')}],"b":"x"}`;
  const looks = (expression: string): number => {
    const one = jmesPath.begin();
    for (let done = 0; done < 1000; done += 1) {
      const error = failure(() => one.search(expression, numbers));
      if (error !== undefined) {
        t.match(error, { code: 'LK-LIMIT' }, expression);
        return done;
      }
    }
    return 1000;
  };

  for (const free of ['b', '[b, b]', '{c: b}.c', 'a[0] && b || `1`'])
    t.equal(looks(free), 1000, `${free}: what is found by its path costs nothing`);
  const pipes = Array.from({ length: 300 }, () => '@').join('|');
  for (const expression of [
    'a',
    'a[?@ == `2`] | [0]',
    `map(&(${pipes}), a) | [0]`,
    `join('${'x'.repeat(900)}', map(&'', a))`,
  ])
    t.ok(looks(expression) < 600, expression);
  t.ok(looks(`map(&(${pipes}), a) | [0]`) < 3, 'each part counts for each entry');
  t.equal(find('length(a)', numbers), '32000', 'others begin anew');
  t.end();
});

t.test('nor may secrets be parsed anew for each expression', (t) => {
  const secrets = Array.from({ length: 17 }, (_, at) => `{"a":"${String(at)}${'x'.repeat(60_000)}","b":"x"}`);
  const searched = (few: readonly string[]): number => {
    const one = jmesPath.begin();
    for (let done = 0; done < 1000; done += 1) {
      const error = failure(() => one.search('b', few[done % few.length] ?? ''));
      if (error !== undefined) {
        t.match(error, { code: 'LK-LIMIT' });
        return done;
      }
    }
    return 1000;
  };

  t.equal(searched(secrets.slice(0, 16)), 1000, 'a few are kept');
  t.ok(searched(secrets) < 300);
  t.end();
});

t.test('what is no expression is told without a word of it', (t) => {
  for (const expression of ['', '   ', 'a.', 'a[', '[?', 'foo(', '"a', '`{`', 'a b', '&', 'a-b']) {
    t.throws(() => jmesPath.check(expression), { code: 'LK-SYNTAX' }, expression);
    t.notMatch(String(failure(() => jmesPath.check(expression))), /expected|Unexpected|EOF/);
  }
  t.end();
});

t.test(
  'what is not in the specification is refused, because the AWS provider would not understand it',
  (t) => {
    const additions = [
      '$',
      '[*].[$]',
      'let $a = @ in $a',
      'a + b',
      '-a',
      'a ? b : c',
      'pad_left(a, `1000000000`)',
    ];
    for (const expression of [...additions, "split('', a)", 'unheard_of(a)', 'group_by(a, &b)', '&a', '[&a]'])
      t.throws(() => jmesPath.check(expression), { code: 'LK-SYNTAX' }, expression);
    t.end();
  },
);

t.test('expressions that multiply what they are given are refused before they are evaluated', (t) => {
  const bombs = [
    Array.from({ length: 100 }, () => '[@,@]').join('|'),
    `${'[@,@]'.repeat(1)}${'|[@,@][]'.repeat(100)}`,
    Array.from({ length: 60 }, () => '{a:@,b:@}').join(' | '),
    `${'to_string('.repeat(50)}@${')'.repeat(50)}`,
    `${'map(&[@,@,@],'.repeat(30)}@${')'.repeat(30)}`,
    'join(big, list)',
    `[*].[\`"${'x'.repeat(900)}"\`,\`1\`]|[*].[@,@]`,
    'a'.repeat(1025),
    '['.repeat(2000),
  ];
  for (const bomb of bombs) t.throws(() => jmesPath.check(bomb), { code: 'LK-LIMIT' }, bomb.slice(0, 40));
  t.end();
});

t.test('deep expressions within the limit neither exhaust the stack nor fail in another way', (t) => {
  const deep = [
    `${'('.repeat(500)}a${')'.repeat(500)}`,
    `${'!'.repeat(1000)}a`,
    `a${'.a'.repeat(500)}`,
    `a${'[0]'.repeat(300)}`,
    `${'not_null('.repeat(100)}a${')'.repeat(100)}`,
    `a${'[]'.repeat(500)}`,
    `a${'[*]'.repeat(300)}`,
  ];
  const nested = `{"a":${'['.repeat(150)}1${']'.repeat(150)}}`;

  for (const expression of deep) t.not(find(expression, nested), 'another error', expression.slice(0, 30));
  t.end();
});

t.test('the largest secret under the costliest of permitted expressions ends', (t) => {
  const numbers = `{"a":[${Array.from({ length: 32_000 }, () => '1').join(',')}]}`;
  const list = Array.from({ length: 60 }, () => 'a').join(',');

  t.equal(find(`length([${list}][])`, numbers), String(60 * 32_000));
  t.equal(find('sort_by(a, &to_string(@)) | length(@)', numbers), '32000');
  t.equal(find("contains(a, '2')", numbers), 'false');
  t.end();
});

t.test("a function's complaint never says the value", (t) => {
  for (const expression of [
    'abs(password)',
    'sum(@)',
    'sort(@)',
    'max_by(@, &x)',
    'join(`","`, [n])',
    'keys(password)',
  ]) {
    const error = failure(() => jmesPath.begin().search(expression, '{"password":"hunter2","n":31337}'));

    t.match(error, { code: 'LK-PROPERTY' }, expression);
    t.notMatch(`${String(error)}${error?.stack ?? ''}`, /hunter2|31337/);
    t.equal(error?.cause, undefined);
  }
  t.end();
});

t.test('half of a surrogate pair is no text', (t) => {
  t.equal(find('a', '{"a":"\\ud800"}'), 'LK-ENCODING');
  t.end();
});

t.test('whatever somebody writes is answered or refused in our words', (t) => {
  const token = fc.constantFrom(
    ...[
      'a',
      'b',
      '"a b"',
      '@',
      '*',
      '.',
      '[',
      ']',
      '[]',
      '[*]',
      '[?',
      '{',
      '}',
      ':',
      ',',
      '|',
      '||',
      '&&',
      '!',
    ],
    ...[
      '==',
      '<',
      '(',
      ')',
      '&',
      '`1`',
      '`"x"`',
      "'x'",
      '[0]',
      '[-1]',
      '[::2]',
      'length(',
      'sort_by(',
      'join(',
      ' ',
    ],
  );
  const expression = fc.oneof(
    fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join('')),
    fc.string(),
  );

  fc.assert(
    fc.property(expression, fc.json({ maxDepth: 3 }), (text, json) => {
      t.not(find(text, json), 'another error', { expression: text, json });
    }),
    { numRuns: 500 },
  );
  t.end();
});

function failure(run: () => unknown): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
