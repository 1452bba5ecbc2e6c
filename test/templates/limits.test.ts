import t from 'tap';
import type { Limits } from '../../src/templates/limits.ts';
import { parseTemplate } from '../../src/templates/template.ts';
import { failure } from './support.ts';

const data = new Map([
  ['text', 'x'.repeat(1000)],
  ['long', 'a'.repeat(200_000)],
  [
    'bomb',
    'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]',
  ],
  ['deep', '['.repeat(5000) + ']'.repeat(5000)],
  ['cycle', 'a: &a\n  b: *a'],
]);

function render(text: string, limits?: Partial<Limits>): Buffer {
  return parseTemplate(text, { name: 'x' }).render(data, limits === undefined ? {} : { limits });
}

const DOUBLING = '{{ $x := "x" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}{{ $x }}';
const BOMBS: readonly string[] = [
  '{{ repeat 2000000000 "x" }}',
  '{{ repeat 9223372036854775807 "xyz" }}',
  '{{ indent 2000000000 "x" }}',
  '{{ nindent 1000000 (repeat 1000 "\\n") }}',
  '{{ printf "%*d" 999999 1 | repeat 99 }}',
  '{{ printf "%999999999d" 1 }}',
  '{{ printf "%.999999999f" 1.0 }}',
  '{{ range 999999999 }}{{ end }}',
  '{{ range 9223372036854775807 }}x{{ end }}',
  '{{ until 999999999 }}',
  '{{ untilStep 0 9223372036854775807 1 }}',
  '{{ untilStep -9223372036854775808 9223372036854775807 1 }}',
  '{{ seq 999999999 }}',
  '{{ seq 0 1 9223372036854775807 }}',
  DOUBLING,
  '{{ $x := list 1 }}{{ range 64 }}{{ $x = concat $x $x }}{{ end }}{{ $x }}',
  '{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x }}{{ end }}{{ $x }}',
  '{{ $x := dict "a" 1 }}{{ range 64 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toJson $x }}',
  '{{ $x := dict "a" 1 }}{{ range 40 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toYaml $x }}',
  '{{ $x := dict "a" 1 }}{{ range 40 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ deepEqual $x (deepCopy $x) }}',
  '{{ $x := dict "a" 1 }}{{ range 40 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ printf "%#v" $x }}',
  '{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ $x }}',
  '{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ toJson $x }}',
  '{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ toYaml $x }}',
  '{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ deepCopy $x }}',
  '{{ $x := dict }}{{ $_ := set $x "self" $x }}{{ printf "%#v" $x }}',
  '{{ $x := dict }}{{ $_ := set $x "a" $x }}{{ $y := dict }}{{ $_ := set $y "a" $y }}{{ merge $x $y }}',
  '{{ $x := dict }}{{ $_ := set $x "a" $x }}{{ $y := dict }}{{ $_ := set $y "a" $y }}{{ deepEqual $x $y }}',
  '{{ replace "" .text .long }}',
  '{{ replace "x" .long .text }}',
  '{{ join .long (splitList "" .text) }}',
  '{{ splitList "" .long }}',
  '{{ split "" .long | len }}',
  '{{ regexReplaceAll "." .long .text }}',
  '{{ regexReplaceAll "(.*)" .long "$1$1$1$1$1$1$1$1" }}',
  '{{ regexFindAll "" .long -1 }}',
  '{{ regexMatch "(a?){1000}$" .long }}',
  '{{ regexMatch "((a{100}){10}){10}" .text }}',
  '{{ range until 50 }}{{ $_ := regexMatch "(x?){200}y" $.text }}{{ end }}',
  '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
  '{{ define "a" }}{{ template "b" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ end }}{{ template "a" }}',
  '{{ fromYaml .bomb | toJson }}',
  '{{ fromYaml .cycle }}',
  '{{ fromJson .deep }}',
  '{{ fromYaml (print "a: " .deep) }}',
  '{{ $l := list }}{{ range $i := until 60000 }}{{ $l = append $l $i }}{{ end }}',
  '{{ uniq (until 50000) }}',
  '{{ wrapWith 1 "----------------" .long }}',
  '{{ range until 400 }}{{ $_ := sha256sum $.long }}{{ end }}',
  '{{ mulf 1e300 1e300 1e300 | printf "%.99f" | repeat 999999 }}',
];

for (const text of BOMBS) {
  t.test(`a bomb ends at a limit: ${text.slice(0, 60)}`, async (t) => {
    t.match(
      failure(() => render(text)).message,
      /more than 50000 steps|longer than 1048576 bytes|nested too deeply|too large|too long|malformed|beyond 1000000|more than 20000 times|infinity|not a YAML map/,
    );
  });
}

t.test('nesting without end is refused when the template is read', async (t) => {
  const nested: readonly string[] = [
    '{{ '.concat('('.repeat(100_000)),
    '{{ '.concat('('.repeat(5000), '1', ')'.repeat(5000), ' }}'),
    '{{ if true }}'.repeat(5000) + '{{ end }}'.repeat(5000),
    '{{ range list 1 }}'.repeat(5000),
    '{{ if .a }}' + '{{ else if .a }}'.repeat(5000) + '{{ end }}',
    '{{ with 1 }}'.repeat(3000) + '{{ block "x" . }}'.repeat(3000),
  ];
  for (const text of nested) {
    t.match(
      failure(() => parseTemplate(text, { name: 'x' })).message,
      /nested deeper than 100|without its end/,
      text.slice(0, 30),
    );
  }
});

t.test('a template of more than a mebibyte is refused', async (t) => {
  const error = failure(() => parseTemplate('x'.repeat(1024 * 1024 + 1), { name: 'x' }));

  t.match(error.message, /the template is longer than 1048576 characters/);
});

t.test('a template that is large but plain is read and rendered', async (t) => {
  const text = `${'{{ .text }}\n'.repeat(900)}${' '.repeat(50_000)}{{- "end" }}`;

  const output = render(text);

  t.equal(output.length, 900 * 1001 - 1 + 3);
});

t.test('limits can be set for each rendering', async (t) => {
  t.match(failure(() => render('{{ .text }}', { outputBytes: 999 })).message, /longer than 999 bytes/);
  t.match(failure(() => render('{{ range 10 }}{{ end }}', { steps: 5 })).message, /more than 5 steps/);
  t.match(
    failure(() => render('{{ if 1 }}{{ if 1 }}{{ end }}{{ end }}', { depth: 1 })).message,
    /nested too deeply/,
  );
  t.equal(render('{{ .text }}', { outputBytes: 1000 }).length, 1000);
});

t.test('the output as a whole is bounded, not only each part of it', async (t) => {
  t.match(
    failure(() => render('{{ range 2000 }}{{ $.text }}{{ end }}')).message,
    /longer than 1048576 bytes/,
  );
});
