import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import { formatReference } from '../../src/request/reference.ts';
import type { ParsedTemplate } from '../../src/request/template.ts';
import { formatTemplate, parseTemplate } from '../../src/request/template.ts';
import { anyText, thrown } from './support.ts';

function shown(template: ParsedTemplate): readonly unknown[] {
  return template.map((part) => (typeof part === 'string' ? part : { is: formatReference(part) }));
}

t.test('a value is one reference, or text with references in double parentheses', async (t) => {
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    ['ssm:/a', [{ is: 'ssm:/a' }]],
    ['  ssm:/a\n', [{ is: 'ssm:/a' }]],
    ['((ssm:/a))', [{ is: 'ssm:/a' }]],
    ['((ssm:/a))\n', [{ is: 'ssm:/a' }, '\n']],
    [' x((ssm:/a)) ', [' x', { is: 'ssm:/a' }, ' ']],
    [
      'postgres://((ssm:/db/user)):((secretsmanager:db?encode=url#password))@db:5432/shop',
      [
        'postgres://',
        { is: 'ssm:/db/user' },
        ':',
        { is: 'secretsmanager:db?encode=url#password' },
        '@db:5432/shop',
      ],
    ],
    ['\\((a)) ((ssm:/a))', ['((a)) ', { is: 'ssm:/a' }]],
    ['(((ssm:/a)))', ['(', { is: 'ssm:/a' }, ')']],
    ['a)) ((ssm:/a))', ['a)) ', { is: 'ssm:/a' }]],
    ['(a) ((ssm:/a))', ['(a) ', { is: 'ssm:/a' }]],
    ['(( ssm:/a ))', [{ is: 'ssm:/a' }]],
    ['x((secretsmanager:a#f(x)))', ['x', { is: 'secretsmanager:a#f(x)' }]],
    ['x((secretsmanager:a#"a))b"))', ['x', { is: 'secretsmanager:a#"a))b"' }]],
    ['x((secretsmanager:a#"a\\"))b"))', ['x', { is: 'secretsmanager:a#"a\\"))b"' }]],
    ['x((secretsmanager:a#"(")))', ['x', { is: 'secretsmanager:a#"("' }, ')']],
    ['secretsmanager:a#b((c', [{ is: 'secretsmanager:a#b((c' }]],
    ['arn:aws:iam::((ssm:/account)):role/x', ['arn:aws:iam::', { is: 'ssm:/account' }, ':role/x']],
    ['((ssm:/a))((ssm:/b))', [{ is: 'ssm:/a' }, { is: 'ssm:/b' }]],
    ['${HOME} ((ssm:/a)) {{x}}', ['${HOME} ', { is: 'ssm:/a' }, ' {{x}}']],
  ];
  for (const [text, expected] of rows) t.strictSame(shown(parseTemplate(text)), expected, text);
});

t.test(
  'a value without a reference names the tools that leave one behind, and never the value',
  async (t) => {
    const values = [
      '',
      '   ',
      'hunter2',
      'postgres://app:hunter2@db/shop',
      '${ssm:/a}',
      '{{ssm}}',
      '\\((ssm:/a))',
      '(ssm:/a)',
    ];
    for (const value of values) {
      const error = thrown(() => parseTemplate(value));

      t.equal(error.code, 'LK-NO-REFERENCE', value);
      t.match(error.remedy, /Helm.*Flux.*Argo CD.*Terraform/, value);
      t.notMatch(`${error.message} ${error.remedy}`, /hunter2/, value);
    }
  },
);

t.test('a misspelt store is answered with the nearest, a bare path with its store', async (t) => {
  t.match(
    thrown(() => parseTemplate('smm:/prod/x')),
    { code: 'LK-UNKNOWN', remedy: /Did you mean "ssm"/ },
  );
  t.match(
    thrown(() => parseTemplate('SecretsManager:x')),
    { code: 'LK-UNKNOWN', remedy: /"secretsmanager"/ },
  );
  t.match(
    thrown(() => parseTemplate('/prod/x')),
    { code: 'LK-NO-REFERENCE', remedy: /ssm:\/name/ },
  );
});

t.test('a reference without end, and parentheses without a reference, are told', async (t) => {
  t.match(
    thrown(() => parseTemplate('a((ssm:/a)')),
    { code: 'LK-SYNTAX', message: /not closed/ },
  );
  t.match(
    thrown(() => parseTemplate('a((secretsmanager:a#"b))')),
    { code: 'LK-SYNTAX', message: /not closed/ },
  );
  t.match(
    thrown(() => parseTemplate('$((1+2)) ((ssm:/a))')),
    { code: 'LK-SYNTAX', message: /no store/ },
  );
  t.match(
    thrown(() => parseTemplate('a((ssm:/a?mode=0400))', 'file')),
    { remedy: /file-mode/ },
  );
});

t.test('many openings without an end are refused in linear time', async (t) => {
  t.match(
    thrown(() => parseTemplate('(( '.repeat(80_000))),
    { code: 'LK-SYNTAX' },
  );
  t.match(
    thrown(() => parseTemplate('((a#('.repeat(50_000))),
    { code: 'LK-SYNTAX' },
  );
});

const fragments = fc.constantFrom(
  '((',
  '))',
  '(',
  ')',
  '\\((',
  '\\',
  'ssm:/a',
  'secretsmanager:a#',
  '"',
  'x',
  ' ',
  '#',
);

t.test('formatting a template and reading it again changes nothing', async (t) => {
  const references = fc.constantFrom('((ssm:/a))', '((secretsmanager:a#"))"))', '((ssm:/b:3?encode=url))');
  const values = fc.array(fc.oneof(fragments, references)).map((list) => list.join(''));
  const withoutText = (template: ParsedTemplate) =>
    template.map((part) => (typeof part === 'string' ? part : { ...part, text: '' }));
  let read = 0;
  fc.assert(
    fc.property(values, (value) => {
      let template: ParsedTemplate;
      try {
        template = parseTemplate(value);
      } catch (error) {
        if (error instanceof LatchkeyError) return true;
        throw error;
      }
      read += 1;

      return isDeepStrictEqual(withoutText(parseTemplate(formatTemplate(template))), withoutText(template));
    }),
    { numRuns: 2000 },
  );
  t.ok(read > 100, 'the generator makes templates that can be read');
});

t.test('arbitrary text is read or refused, never anything else', async () => {
  fc.assert(
    fc.property(anyText, (text) => {
      try {
        parseTemplate(text);
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error;
      }
    }),
  );
});
