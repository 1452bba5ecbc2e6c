import fc from 'fast-check';
import t from 'tap';
import { type LodashOptions, parseLodashTemplate } from '../../../src/templates/lodash/lodash-template.ts';
import { failure, outcome } from '../support.ts';

const data = new Map([
  ['user', 'app'],
  ['password', 'hunter2'],
  ['db', '{"host":"h","list":[1,2],"password":"hunter2"}'],
]);

function render(text: string, options?: LodashOptions): string {
  return parseLodashTemplate(text, { name: 'file.yaml' }).render(data, options);
}

t.test('an error says which template, where, what and what to do, with its code', async (t) => {
  const error = failure(() => render('first line\n  <%= data.user %> <%= JSON.parse(data.user).x %>'));

  t.equal(error.code, 'LK-TEMPLATE');
  t.equal(error.message, 'template "file.yaml", line 2, column 34: JSON.parse: the text is not JSON');
  t.equal(error.remedy, 'Store JSON under this key, or use the text as it is.');
});

t.test('what is not supported is told with its line', async (t) => {
  const rows: readonly (readonly [string, number, RegExp])[] = [
    ['a\n<%= require("fs") %>', 2, /"require" is not supported, or not declared/],
    ['<%= process.env.HOME %>', 1, /"process" is not supported/],
    ['\n\n<% while (true) {} %>', 3, /"while" is not supported as a name/],
    ['<%= data.user.constructor %>', 1, /"constructor" of a string is not supported/],
    ['<% for (let i = 0; i < 9; i++) { %><% } %>', 1, /"=" is not supported in a for/],
    ['<% let a = 1;\n a += 1 %>', 2, /"\+=" is not supported/],
    ['<%= yaml.load("a: 1") %>', 1, /yaml\."load" is not supported/],
    ['<%= JSON.parse(data.db).toString() %>', 1, /undefined is called, and is no function/],
    ['<%= Buffer.alloc(9) %>', 1, /Buffer\."alloc" is not supported/],
    ['x <% if (data.user) { %> y', 1, /the end of the template is not supported before a "}"/],
    ['${HOME}', 1, /"HOME" is not supported, or not declared/],
  ];
  for (const [text, line, message] of rows) {
    const error = failure(() => render(text));

    t.match(error.message, message, text);
    t.equal(error.faults[0].line, line, text);
  }
});

t.test('no message has a value of the data in it', async (t) => {
  const texts = [
    '<%= JSON.parse(data.password) %>',
    '<%= data[data.password].x %>',
    '<%= data.user[data.password] %>',
    '<%= data.password() %>',
    '<%= data.user.replace(new RegExp(data.password), "") %>',
    '<%= Buffer.from("x", data.password) %>',
    '<%= JSON.parse(data.db) %>',
    '<%= JSON.parse(data.db)[data.password][data.password] %>',
    '<%= Object.keys(data.password) %>',
    '<%= data.password.map(x => x) %>',
    '<%= decodeURIComponent("%" + data.password) %>',
  ];
  for (const text of texts) {
    const { message, remedy, cause, stack = '' } = failure(() => render(text));

    t.notMatch(message + remedy + stack, 'hunter2', text);
    t.equal(cause, undefined);
  }
});

t.test('what has no value prints nothing, or is refused where that is asked for', async (t) => {
  t.equal(render('[<%= data.missing %>]'), '[]');
  t.match(
    failure(() => render('<%= data.missing %>', { noValue: 'refuse' })).message,
    /there is no value to print/,
  );
  t.equal(render('<%= data.missing || "x" %>', { noValue: 'refuse' }), 'x');
});

t.test('keys of prototypes are not there, and data with such keys is like any other', async (t) => {
  const strange = new Map([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  const template = parseLodashTemplate(
    '<%= data.__proto__ %><%= data["constructor"] %><%= data.toString %>',
    {
      name: 'x',
    },
  );

  t.equal(template.render(strange), 'ab');
  t.equal(render('<%= JSON.stringify(JSON.parse(\'{"__proto__":{"a":1}}\')) %>'), '{"__proto__":{"a":1}}');
  t.equal(({} as { a?: unknown }).a, undefined);
});

const BOMBS = [
  '<%= "x".repeat(2000000000) %>',
  '<%= "x".repeat(1000000).repeat(1000000) %>',
  '<%= "x".padStart(2000000000) %>',
  '<% let x = "x"; [1,2,3,4,5,6,7,8].forEach(a => { [1,2,3,4,5,6,7,8].forEach(b => { x = x + x }) }) %><%= x %>',
  '<% const f = x => f(x) %><%= f(1) %>',
  '<% const f = x => { f(x); f(x) } %><%= f(1) %>',
  '<% let l = [1]; "0123456789012345678901234567890123456789".split("").forEach(x => { l = l.concat(l) }) %>',
  '<% let l = [1]; "0123456789012345678901234567890123456789".split("").forEach(x => { l = [l, l] }) %><%= l %>',
  '<% let l = {}; "0123456789012345678901234567890123456789".split("").forEach(x => { l = {a: l, b: l} }) %><%= JSON.stringify(l) %>',
  '<%= "x".repeat(100000).replace(/(x?){200}y/g, "z") %>',
  '<%= "x".repeat(100000).split("").map(x => x.repeat(100000)).join("") %>',
  '<%= "x".repeat(1000).replaceAll("x", "y".repeat(100000)) %>',
];

for (const text of BOMBS) {
  t.test(`a bomb ends at a limit: ${text.slice(0, 60)}`, async (t) => {
    t.match(
      failure(() => render(text)).message,
      /more than 50000 steps|longer than 1048576 bytes|nested too deeply/,
    );
  });
}

t.test('nesting without end is refused when the template is read', async (t) => {
  for (const text of [
    `<%= ${'('.repeat(5000)}1${')'.repeat(5000)} %>`,
    `<%= ${'['.repeat(5000)} %>`,
    `<%= ${'!'.repeat(5000)}1 %>`,
    '<% if (1) { %>'.repeat(3000),
    `<%= ${'`${'.repeat(3000)} %>`,
    `<%= ${'x => '.repeat(3000)}1 %>`,
    `<%= ${'1 ? '.repeat(3000)} %>`,
  ]) {
    t.match(
      failure(() => render(text)).message,
      /nested too deeply|is not supported|is not closed/,
      text.slice(0, 20),
    );
  }
});

t.test('long rows are no depth', async (t) => {
  t.equal(render(`<%= ${'data.user + '.repeat(2000)}"" %>`).length, 6000);
  t.equal(render('<%= data.user %>'.repeat(3000)).length, 9000);
});

t.test('any text is read or refused with the one error, and any code ends within its bounds', async () => {
  const fragments = fc.constantFrom(
    ...[
      '<%',
      '<%=',
      '<%-',
      '%>',
      '${',
      '}',
      '{',
      '(',
      ')',
      '[',
      ']',
      '=>',
      '=',
      '===',
      '+',
      '-',
      '*',
      '/',
      '!',
      '?',
      ':',
    ],
    ...[
      '.',
      '?.',
      ',',
      ';',
      '"',
      "'",
      '`',
      '\\',
      'let',
      'const',
      'if',
      'else',
      'for',
      'of',
      'return',
      'function',
      'x',
      'i',
    ],
    ...[
      'data',
      'data.db',
      'data.password',
      'JSON.parse',
      'JSON.stringify',
      'Buffer.from',
      '.replace',
      '.split',
      '.map',
    ],
    ...[
      '.forEach',
      '.toString',
      '1',
      '0x',
      '/a/g',
      'null',
      'this',
      '__proto__',
      'constructor',
      ' ',
      '\n',
      'é',
    ],
  );
  const texts = fc.oneof(
    fc.array(fragments, { maxLength: 30 }).map((all) => all.join('')),
    fc.array(fragments, { maxLength: 12 }).map((all) => `<%= ${all.join(' ')} %>`),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = outcome(() => render(text, { limits: { outputBytes: 20_000, steps: 3000, depth: 40 } }));
      if ('output' in result) return result.output.length <= 20_000;
      return result.error.code === 'LK-TEMPLATE' && !result.error.message.includes('hunter2');
    }),
    { numRuns: 4000 },
  );
});
