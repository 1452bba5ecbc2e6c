// Definitions and answers beyond all measure: each ends, with a Secret or with a word about the limit.

import t from 'tap';
import { readExternalSecret } from '../../../src/definitions/eso/read-external-secret.ts';
import type { Problem } from '../../../src/errors.ts';
import { composedOf, recipeFor } from './fixture.ts';
import type { Fixture } from './fixture.ts';

function definitionOf(spec: object): unknown {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'db' },
    spec: { secretStoreRef: { name: 'params' }, ...spec },
  };
}

function times<Item>(count: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function problemsOf(fixture: Fixture): readonly Problem[] {
  const reading = recipeFor(fixture);
  if (reading.kind === 'problems') return reading.problems;
  const composed = composedOf(fixture, reading.recipe);
  return composed.kind === 'problems' ? composed.problems : [];
}

function codesOf(fixture: Fixture): readonly string[] {
  return problemsOf(fixture).map(({ code, field }) => `${code} ${field}`);
}

const one = { secretKey: 'a', remoteRef: { key: '/a' } };

t.test('a definition of a mebibyte is refused for its many entries', async (t) => {
  const data = times(20_000, (index) => ({ secretKey: `k${index}`, remoteRef: { key: `/p${index}` } }));
  t.ok(JSON.stringify(data).length > 1_000_000);

  t.same(codesOf({ definition: definitionOf({ data }) }), ['LK-LIMIT spec.data', 'LK-DEFINITION spec']);
});

t.test('a hundred thousand slips are told as fifty and a number', async (t) => {
  const slips = Object.fromEntries(times(100_000, (index) => [`field${index}`, index]));

  const problems = problemsOf({ definition: definitionOf({ ...slips, data: [one] }) });

  t.equal(problems.length, 51);
  t.equal(problems.at(-1)?.message, 'there are 99950 more problems');
});

t.test('a name of a mebibyte is refused, and not repeated', async (t) => {
  const key = 'x'.repeat(1_000_000);

  const problems = problemsOf({ definition: definitionOf({ data: [{ ...one, remoteRef: { key } }] }) });

  t.same(
    problems.map(({ code }) => code),
    ['LK-LIMIT'],
  );
  t.ok(JSON.stringify(problems).length < 1000);
});

t.test('a definition that contains itself, as aliases of YAML can make it, comes to an end', async (t) => {
  const data: object[] = [one];
  const spec: Record<string, unknown> = { data, syncWindows: undefined };
  spec['syncWindows'] = spec;
  const circular: Record<string, unknown> = { name: 'other' };
  circular['template'] = circular;
  data.push(data);

  const ignored = readExternalSecret(definitionOf({ data: [one], syncWindows: spec }));
  const refused = codesOf({ definition: definitionOf({ data, target: circular }) });

  t.equal(ignored.kind, 'external-secret');
  t.ok(refused.includes('LK-DEFINITION spec.data[1]'));
  t.ok(refused.includes('LK-DEFINITION spec.target.template.name'));
});

t.test('more secrets than a pod can wait for are refused', async (t) => {
  const data = times(501, (index) => ({ secretKey: `k${index}`, remoteRef: { key: `/p${index}` } }));

  t.same(codesOf({ definition: definitionOf({ data }) }), ['LK-LIMIT spec']);
});

t.test('a find of ten thousand parameters is composed', async (t) => {
  const names = times(10_000, (index) => `/shop/service-${index}/password`);
  const fixture = {
    definition: definitionOf({
      dataFrom: [
        {
          find: { path: '/shop', name: { regexp: '(s+e?)+r' } },
          rewrite: [
            { regexp: { source: '^/shop/(.*)$', target: '$1' } },
            { regexp: { source: '/', target: '.' } },
          ],
        },
      ],
    }),
    aws: names.map((name) => ({ store: 'ssm' as const, name, value: 'v' })),
  };

  const reading = recipeFor(fixture);
  const composed = reading.kind === 'recipe' ? composedOf(fixture, reading.recipe) : undefined;

  t.equal(composed?.kind === 'secret' && composed.draft.data.size, 10_000);
  t.ok(composed?.kind === 'secret' && composed.draft.data.has('service-9999.password'));
});

t.test('steps that are too much work for so many keys are refused', async (t) => {
  const names = times(10_000, (index) => `/shop/xxxxxxxxxx${index}`);
  const fixture = {
    definition: definitionOf({
      dataFrom: [
        {
          find: { name: {} },
          rewrite: times(20, () => ({ regexp: { source: '(x?){40}y', target: '$0$0' } })),
        },
        { find: { name: {} }, rewrite: [{ regexp: { source: 'x', target: '$0'.repeat(1000) } }] },
        { find: { name: {} }, rewrite: [{ transform: { template: '{{ repeat 1000000 .value }}' } }] },
        { find: { name: {} }, rewrite: [{ transform: { template: '{{ range until 1000000 }}x{{ end }}' } }] },
      ],
    }),
    aws: names.map((name) => ({ store: 'ssm' as const, name, value: 'v' })),
  };

  t.same(codesOf(fixture), [
    'LK-LIMIT spec.dataFrom[0]',
    'LK-LIMIT spec.dataFrom[1]',
    'LK-TEMPLATE spec.dataFrom[2]',
    'LK-TEMPLATE spec.dataFrom[3]',
  ]);
});

t.test('more templates or steps than anybody writes are refused', async (t) => {
  const data = Object.fromEntries(times(501, (index) => [`k${index}`, 'x']));
  const rewrite = times(21, () => ({ regexp: { source: 'a', target: 'b' } }));

  const codes = codesOf({
    definition: definitionOf({
      target: { template: { data } },
      dataFrom: [{ extract: { key: '/a' }, rewrite }],
    }),
  });

  t.same(codes.toSorted(), ['LK-LIMIT spec.dataFrom[0].rewrite', 'LK-LIMIT spec.target.template']);
});

t.test('five hundred templates that each take as long as one may share their time', async (t) => {
  const loop = '{{ range until 90000 }}{{ end }}';
  const fixture = {
    definition: definitionOf({
      data: [one],
      target: { template: { data: Object.fromEntries(times(500, (index) => [`k${index}`, loop])) } },
    }),
    aws: [{ store: 'ssm' as const, name: '/a', value: 'v' }],
  };

  const codes = new Set(problemsOf(fixture).map(({ code }) => code));

  t.same([...codes], ['LK-TEMPLATE', 'LK-LIMIT']);
});

t.test('a literal that renders to too much YAML is refused', async (t) => {
  const fixture = {
    definition: definitionOf({
      data: [one],
      target: { template: { templateFrom: [{ literal: 'a: {{ repeat 300000 "x" }}' }] } },
    }),
    aws: [{ store: 'ssm' as const, name: '/a', value: 'v' }],
  };

  t.same(codesOf(fixture), ['LK-LIMIT spec.target.template.templateFrom[0].literal']);
});

t.test('templates that together render to more than a Secret could hold are refused', async (t) => {
  const fixture = {
    definition: definitionOf({
      data: [one],
      target: {
        template: {
          data: Object.fromEntries(times(100, (index) => [`k${index}`, '{{ repeat 500000 "x" }}'])),
        },
      },
    }),
    aws: [{ store: 'ssm' as const, name: '/a', value: 'v' }],
  };

  const codes = new Set(problemsOf(fixture).map(({ code }) => code));

  t.same([...codes], ['LK-LIMIT']);
});

t.test('more than a Secret and its templates could use is refused', async (t) => {
  const fixture = {
    definition: definitionOf({ dataFrom: [{ find: { name: {} } }] }),
    aws: times(600, (index) => ({ store: 'ssm' as const, name: `/p${index}`, value: 'x'.repeat(8192) })),
  };

  t.same(codesOf(fixture), ['LK-TOO-LARGE spec']);
});

t.test('a literal that renders to YAML as deep as it is long is refused', async (t) => {
  const fixture = {
    definition: definitionOf({
      data: [one],
      target: { template: { templateFrom: [{ literal: 'a: {{ repeat 50000 "[" }}' }] } },
    }),
    aws: [{ store: 'ssm' as const, name: '/a', value: 'v' }],
  };

  t.same(codesOf(fixture), ['LK-DEFINITION spec.target.template.templateFrom[0].literal']);
});
