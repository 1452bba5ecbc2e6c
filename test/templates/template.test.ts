import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import { parseTemplate, type RenderOptions, unsupportedIn } from '../../src/templates/template.ts';
import { failure } from './support.ts';

const data = new Map([
  ['user', 'app'],
  ['password', 'hunter2'],
]);

function render(text: string, options?: RenderOptions): string {
  return parseTemplate(text, { name: 'config.yaml' }).render(data, options).toString();
}

t.test('an error says which template, where, what and what to do, with its code', async (t) => {
  const error = failure(() => render('first line\n  {{ .user }} {{ .nope }}'));

  t.ok(error instanceof LatchkeyError);
  t.equal(error.code, 'LK-TEMPLATE');
  t.equal(error.message, 'template "config.yaml", line 2, column 18: there is no key "nope"');
  t.equal(error.remedy, 'Correct the key, or give the data that has it.');
  t.same(error.faults, [{ line: 2, column: 18, message: 'there is no key "nope"' }]);
});

t.test('the place is that of the innermost thing that failed, and counts characters', async (t) => {
  const rows: readonly (readonly [string, number, number])[] = [
    ['{{ .nope }}', 1, 4],
    ['Grüße 🌍 {{ .nope }}', 1, 12],
    ['{{ if .user }}\n{{ upper (repeat 2 .nope) }}{{ end }}', 2, 20],
    ['{{ .user | upper | repeat "x" }}', 1, 27],
    ['{{ printf "%d" .user }}', 1, 4],
    ['a\n\n{{ if }}', 3, 7],
    ['{{ "open }}', 1, 4],
    ['{{ range list 1 }}{{ index . 0 }}{{ end }}', 1, 22],
    ['{{ define "t" }}\n {{ .x.y }}{{ end }}{{ template "t" (dict "x" 1) }}', 2, 5],
  ];
  for (const [text, line, column] of rows) {
    const [fault] = failure(() => render(text)).faults;

    t.same({ line: fault.line, column: fault.column }, { line, column }, text);
  }
});

t.test(
  'functions that are not supported are told all at once, with the reason or the nearest one',
  async (t) => {
    const text = '{{ env "HOME" }}\n{{ .user | uper }}{{ randAlpha 5 }}{{ if true }}{{ zzzzqqqq }}{{ end }}';

    const error = failure(() => parseTemplate(text, { name: 'x' }));

    t.same(
      error.faults.map(({ line, column, message }) => [line, column, message.replace(/^the function /, '')]),
      [
        [1, 4, '"env" is not supported: it reads the environment of the controller'],
        [2, 12, '"uper" is not supported: there is none of this name. Did you mean "upper"?'],
        [
          2,
          22,
          '"randAlpha" is not supported: it gives another result each time, so that the same definition would give another Secret',
        ],
        [2, 52, '"zzzzqqqq" is not supported: there is none of this name'],
      ],
    );
    t.match(error.message, /line 1, column 4: .*; line 2, column 12: /);
    t.same(
      unsupportedIn(text, { name: 'x' }).map(({ name }) => name),
      ['env', 'uper', 'randAlpha', 'zzzzqqqq'],
    );
  },
);

t.test('of many faults the first five are told, and how many more there are', async (t) => {
  const error = failure(() => parseTemplate('{{ now }}'.repeat(9), { name: 'x' }));

  t.equal(error.faults.length, 9);
  t.match(error.message, /; and 4 more$/);
});

t.test('sealed-secrets has no functions of ESO, and its random ones are refused too', async (t) => {
  const dialect = 'sealed-secrets';
  const text = '{{ toYaml . }}{{ upper "a" }}{{ env "A" }}{{ filterPEM "A" "b" }}{{ hexdec "00" }}';

  const names = unsupportedIn(text, { name: 'x', dialect }).map(({ name }) => name);

  t.same(names, ['toYaml', 'env', 'filterPEM', 'hexdec']);
  t.equal(
    parseTemplate('{{ toJson . }}', { name: 'x', dialect })
      .render(new Map([['a', 'b']]))
      .toString(),
    '{"a":"b"}',
  );
});

t.test('a malformed template is refused when it is read, by unsupportedIn too', async (t) => {
  for (const text of ['{{ .a', '{{ end }}', '{{ "a }}', '{{ if .a }}', '{{ $x }}', '{{ (.a }}']) {
    t.equal(failure(() => parseTemplate(text, { name: 'x' })).code, 'LK-TEMPLATE', text);
    t.equal(failure(() => unsupportedIn(text, { name: 'x' })).code, 'LK-TEMPLATE', text);
  }
});

t.test('a name that would break a log line is made printable', async (t) => {
  const error = failure(() => parseTemplate('{{', { name: 'a\nb\u202e' }));

  t.match(error.message, 'template "a\\u{a}b\\u{202e}"');
});

t.test('what has no value prints <no value>, or is refused where that is asked for', async (t) => {
  t.equal(render('{{ coalesce "" }}'), '<no value>');
  t.equal(render('{{ .nope }}', { missingKey: 'default' }), '<no value>');
  t.match(
    failure(() => render('{{ coalesce "" }}', { noValue: 'refuse' })).message,
    /there is no value to print/,
  );
  t.match(
    failure(() => render('a{{ .nope }}', { missingKey: 'default', noValue: 'refuse' })).message,
    /column 2: there is no value to print/,
  );
});

t.test('no message has a value of the data in it', async (t) => {
  const secret = 'hunter2';
  const templates = [
    '{{ fail .password }}',
    '{{ printf "%d" .password }}',
    '{{ printf .password 1 }}',
    '{{ .password.x }}',
    '{{ index . .password 1 }}',
    '{{ index (list) .password }}',
    '{{ mustFromJson .password }}',
    '{{ b64dec .password }}',
    '{{ fromYaml .password }}',
    '{{ regexFind (print "[" .password) "x" }}',
    '{{ urlParse (print ":" .password) }}',
    '{{ filterCertChain "leaf" .password }}',
    '{{ jwkPublicKeyPem .password }}',
    '{{ rsaDecrypt .password "x" "y" "z" }}',
    '{{ eq .password 1 }}',
    '{{ (dict "a" 1).a.b }}{{ .password }}',
    '{{ range .password }}{{ end }}',
    '{{ template "none" .password }}',
    '{{ htpasswd (print .password ":") "x" "sha" }}',
    '{{ htpasswd "x" "y" .password }}',
    '{{ decryptAES "x" .password }}',
    '{{ slice .password 1 }}',
    '{{ dig "a" "b" .password }}',
    '{{ repeat 99999999 .password }}',
  ];
  for (const text of templates) {
    const error = failure(() => render(text));

    t.notMatch(`${error.message} ${error.remedy} ${error.stack ?? ''}`, secret, text);
    t.equal(error.cause, undefined, text);
  }
});

t.test('bytes that are no UTF-8 survive, and base64 is of the bytes', async (t) => {
  const bytes = Buffer.from([0, 255, 254, 128, 97]);
  const binary = new Map([['key', bytes]]);

  t.same(parseTemplate('{{ .key }}', { name: 'x' }).render(binary), bytes);
  t.equal(
    parseTemplate('{{ .key | b64enc }}', { name: 'x' }).render(binary).toString(),
    bytes.toString('base64'),
  );
});

t.test('a template can be rendered many times, and no rendering sees another', async (t) => {
  const template = parseTemplate(
    '{{ $d := dict }}{{ range $k, $v := . }}{{ $_ := set $d $k $v }}{{ end }}{{ $d }}',
    {
      name: 'x',
    },
  );

  t.equal(template.render(new Map([['a', '1']])).toString(), 'map[a:1]');
  t.equal(template.render(new Map([['b', '2']])).toString(), 'map[b:2]');
});

t.test('a template may call itself by its own name, within bounds', async (t) => {
  const counting = '{{ if gt (len .) 0 }}x{{ template "self" (rest .) }}{{ end }}';
  const wrapped = `{{ define "self" }}${counting}{{ end }}{{ template "self" (list 1 2 3) }}`;

  t.equal(parseTemplate(wrapped, { name: 'main' }).render(new Map()).toString(), 'xxx');
  t.match(
    failure(() => parseTemplate('{{ template "main" . }}', { name: 'main' }).render(new Map())).message,
    /nested too deeply/,
  );
});

t.test('keys of prototypes are keys like any other, or not there', async (t) => {
  const strange = new Map([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);

  t.equal(
    parseTemplate('{{ .__proto__ }}{{ .constructor }}', { name: 'x' }).render(strange).toString(),
    'ab',
  );
  for (const key of ['isPrototypeOf', 'hasOwnProperty', 'valueOf', '__defineGetter__']) {
    t.match(failure(() => render(`{{ .${key} }}`)).message, 'there is no key');
    t.match(failure(() => render(`{{ ${key} }}`)).message, 'not supported');
  }
});
