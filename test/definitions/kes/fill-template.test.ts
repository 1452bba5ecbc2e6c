import t from 'tap';
import { fillTemplate, readFillings } from '../../../src/definitions/kes/fill-template.ts';
import type { Filled } from '../../../src/definitions/kes/fill-template.ts';
import { createFindings } from '../../../src/definitions/kes/findings.ts';
import type { KesTemplate } from '../../../src/definitions/kes/spec.ts';
import type { Problem } from '../../../src/errors.ts';
import type { Place } from '../../../src/request/plan.ts';
import { SecretValue } from '../../../src/secret-value.ts';

const PLACE: Place = { label: 'ExternalSecret "db"', field: '' };

type Texts = Readonly<Record<string, string>>;

function templateOf(
  parts: Partial<Record<'labels' | 'annotations' | 'data' | 'stringData', Texts>>,
): KesTemplate {
  const texts = (part: keyof typeof parts) =>
    Object.entries(parts[part] ?? {}).map(([name, value]) => ({
      name,
      value,
      place: { label: name, field: `${part}.${name}` },
    }));
  return {
    labels: texts('labels'),
    annotations: texts('annotations'),
    data: texts('data'),
    stringData: texts('stringData'),
    immutable: false,
  };
}

interface Made {
  readonly filled: Filled;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

function fill(template: KesTemplate, values: Readonly<Record<string, string | Uint8Array>> = {}): Made {
  const findings = createFindings(PLACE);
  const data = new Map(Object.entries(values).map(([key, value]) => [key, new SecretValue(value)]));
  const filled = fillTemplate(readFillings(template, PLACE, findings), data, findings);
  return { filled, problems: findings.problems(), warnings: findings.warnings() };
}

function many(count: number, text: string): Texts {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, text]));
}

function textOf(value: SecretValue | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value.reveal()).toString('utf8');
}

t.test('a problem of a template names its line, and no value', async (t) => {
  const { problems } = fill(templateOf({ stringData: { config: 'a\nb <%= JSON.parse(data.a).x %>' } }), {
    a: 'hunter2',
  });

  t.match(problems, [
    { code: 'LK-TEMPLATE', field: 'stringData.config', message: /"config", line 2, column \d+: / },
  ]);
  t.notMatch(JSON.stringify(problems), 'hunter2');
});

t.test('all annotations together are bounded as Kubernetes bounds them', async (t) => {
  const half = { a: '<%= data.a %>', b: '<%= data.a %>' };

  t.same(fill(templateOf({ annotations: half }), { a: 'x'.repeat(128 * 1024 - 1) }).problems, []);
  t.match(fill(templateOf({ annotations: half }), { a: 'x'.repeat(128 * 1024) }).problems, [
    { code: 'LK-TOO-LARGE' },
  ]);
});

t.test('a template has at most so many texts, and they make at most so much', async (t) => {
  t.match(fill(templateOf({ stringData: many(501, 'x') })).problems, [
    { code: 'LK-DEFINITION', message: /501 texts/ },
  ]);

  const large = fill(templateOf({ stringData: many(100, '<%= data.a %>') }), { a: 'x'.repeat(100_000) });
  t.match(large.problems[0], { code: 'LK-TOO-LARGE', message: /more than 4 MiB/ });
});

t.test('many texts share the steps that all of them may take', async (t) => {
  const text = '<% for (const c of data.a.split("")) { } %>';
  const a = 'x'.repeat(5000);

  t.same(fill(templateOf({ stringData: { one: text } }), { a }).problems, []);
  t.match(fill(templateOf({ stringData: many(400, text) }), { a }).problems[0], {
    code: 'LK-TEMPLATE',
    message: /more than \d+ steps/,
  });
});

t.test('a warning comes only where KES would have written something else', async (t) => {
  const template = templateOf({
    stringData: {
      same: '<%= data.a.length > 0 %>',
      other: '<%= data.a %>',
      fails: '<%= JSON.parse(data.json).ä %>',
    },
  });

  const { filled, warnings } = fill(template, { a: 'ä', json: '{"ä":"fine"}' });

  t.equal(textOf(filled.stringData.get('other')), 'ä');
  t.equal(textOf(filled.stringData.get('fails')), 'fine');
  t.same(
    warnings.map((text) => text.slice(0, text.indexOf(':'))),
    ['other', 'fails'],
  );
});

t.test('bytes that are no text are only refused where a template depends on them', async (t) => {
  const bytes = Uint8Array.of(0, 0xff, 0x41);
  const uses = (text: string) => fill(templateOf({ stringData: { s: text } }), { bytes, text: 'ä' }).problems;

  t.same(uses('plain'), []);
  t.same(uses('<%= data.text %>'), []);
  t.same(uses('<%= Object.keys(data).join() %>'), []);
  for (const text of [
    '<%= data.bytes %>',
    '<%= data["by" + "tes"].length %>',
    '<%= Object.values(data).join() %>',
    '<%= JSON.stringify(data) %>',
    '<%= data.text %><%= Buffer.from(data.bytes).toString("base64") %>',
  ]) {
    t.match(uses(text), [{ code: 'LK-ENCODING', field: 'stringData.s' }], text);
  }
});
