import fc from 'fast-check';
import t from 'tap';
import { functionsOf } from '../../src/templates/functions/functions.ts';
import { parseTemplate } from '../../src/templates/template.ts';
import { outcome } from './support.ts';

const SECRET = 'hunter2-is-the-password';
const LIMITS = { outputBytes: 20_000, steps: 3000, depth: 40 };
const data = new Map<string, string | Uint8Array>([
  ['secret', SECRET],
  ['json', `{"a":{"b":["${SECRET}",1.5,null]},"n":7}`],
  ['bytes', Buffer.from([0, 255, 128, 10, 97])],
  ['pem', '-----BEGIN X-----\nAAEC\n-----END X-----\n'],
  ['empty', ''],
]);

const names = fc.constantFrom(...functionsOf('external-secrets').keys());
const literals = fc.constantFrom(
  '0',
  '1',
  '-1',
  '3',
  '9223372036854775807',
  '-9223372036854775808',
  '1.5',
  '1e300',
  '""',
  '"a"',
  '"%d %s %v %q %*d %[2]d"',
  '"[a-z]+(x)?"',
  '`(((`',
  '"\\xff\\u00e9"',
  'true',
  'nil',
  '.',
  '$',
  '.secret',
  '.json',
  '.bytes',
  '.pem',
  '.empty',
  '$x',
  "'é'",
  '(fromJson .json)',
  '(fromJson .json).a.b',
  '(list 1 "a" nil 2.5 (dict "k" "v"))',
  '(dict "a" (list 1 2) "b" .secret)',
  '(until 5)',
);

const { expression } = fc.letrec<{ expression: string; call: string }>((tie) => ({
  expression: fc.oneof({ maxDepth: 4 }, literals, tie('call')),
  call: fc
    .tuple(names, fc.array(tie('expression'), { maxLength: 4 }))
    .map(([name, args]) => `(${[name, ...args].join(' ')})`),
}));

const action = fc.oneof(
  expression.map((each) => `{{ ${each} }}`),
  fc.tuple(expression, names).map(([each, name]) => `{{ ${each} | ${name} }}`),
  expression.map((each) => `{{ $x = ${each} }}`),
  expression.map((each) => `{{ range $i, $e := ${each} }}{{ $i }}{{ $e }}{{ else }}-{{ end }}`),
  expression.map((each) => `{{ with ${each} }}{{ . }}{{ end }}`),
  expression.map((each) => `{{ if ${each} }}y{{ else }}n{{ end }}`),
);

function check(text: string): void {
  const result = outcome(() => parseTemplate(text, { name: 'x' }).render(data, { limits: LIMITS }));
  if ('output' in result) {
    if (result.output.length > LIMITS.outputBytes) throw new Error('the output is beyond its limit');
    return;
  }
  const { code, message, remedy, faults } = result.error;
  if (code !== 'LK-TEMPLATE' || remedy === '') throw new Error(`no proper error: ${message}`);
  if (`${message}${remedy}`.includes('hunter2')) throw new Error(`a value in a message: ${message}`);
  if (faults.some(({ line, column }) => line < 1 || column < 1)) throw new Error('no place');
}

t.test(
  'any call of any function renders within bounds or fails with the one error, without a value in it',
  async () => {
    const templates = fc
      .array(action, { minLength: 1, maxLength: 4 })
      .map((all) => `{{ $x := 1 }}${all.join('')}`);

    fc.assert(fc.property(templates, check), { numRuns: 1500 });
  },
);

t.test('every function takes any three arguments without a bug', async () => {
  for (const name of functionsOf('external-secrets').keys()) {
    const calls = fc
      .array(literals, { maxLength: 4 })
      .map((args) => `{{ $x := 1 }}{{ ${[name, ...args].join(' ')} }}`);
    fc.assert(fc.property(calls, check), { numRuns: 40 });
  }
});

t.test('any text is read or refused with the one error', async () => {
  const fragments = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '{{-',
      '-}}',
      '{{/*',
      '*/}}',
      '(',
      ')',
      '|',
      ':=',
      '=',
      ',',
      '"',
      '`',
      "'",
      '\\',
      '.',
      '$x',
      '$',
    ],
    ...[
      'if',
      'else',
      'end',
      'range',
      'with',
      'define',
      'block',
      'template',
      'break',
      'continue',
      'nil',
      'true',
    ],
    ...['upper', '.secret', '"t"', '1', '-', '0x', '1e', ' ', '\n', '\t', 'é', '🌍', '\0', '\u2028'],
  );
  const texts = fc.oneof(
    fc.array(fragments, { maxLength: 30 }).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  );

  fc.assert(fc.property(texts, check), { numRuns: 3000 });
});

t.test('any data comes out of a template as it went in, byte for byte', async (t) => {
  const template = parseTemplate('{{ range $k, $v := . }}{{ $v | b64enc | b64dec }}{{ end }}', { name: 'x' });
  const json = parseTemplate('{{ .x | toJson }}', { name: 'x' });

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      return template.render(new Map([['x', bytes]])).equals(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      return JSON.parse(json.render(new Map([['x', text]])).toString()) === text;
    }),
  );
  t.pass();
});
