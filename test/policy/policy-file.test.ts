import t from 'tap';

import { parsePolicy } from '../../src/policy/policy-file.ts';

const CANARY = 'canary-hunter2';

function problemsOf(text: string) {
  const parsed = parsePolicy(text);
  return 'kind' in parsed ? [] : parsed.map(({ field, message }) => `${field}: ${message}`);
}

t.test('a whole policy is read', async (t) => {
  const parsed = parsePolicy(`
version: 1
rules:
  - namespaces:
      names: ["shop-*"]
      selector:
        matchLabels: { team: shop }
        matchExpressions: [{ key: env, operator: In, values: [prod, staging] }]
    names: ["ssm:/shop/**", "secretsmanager:shop/*", "ssm:plain"]
    roles: ["arn:aws:iam::111122223333:role/shop-*"]
    deliveries: [secret, memory]
    audiences: [sts.amazonaws.com]
`);

  t.ok('kind' in parsed);
  if (!('kind' in parsed)) return;
  const [rule] = parsed.rules;
  t.same(
    rule?.names.map((glob) => glob.text),
    ['ssm:/shop/**', 'secretsmanager:shop/*', 'ssm:/plain'],
  );
  t.same(
    rule?.deliveries?.map((glob) => glob.text),
    ['secret', 'memory'],
  );
  t.same([...(rule?.namespaces.selector?.matchLabels ?? [])], [['team', 'shop']]);
  t.same(rule?.namespaces.selector?.matchExpressions, [
    { key: 'env', operator: 'In', values: ['prod', 'staging'] },
  ]);
});

t.test('JSON is read too, and an empty list of rules is a policy', async (t) => {
  t.same(parsePolicy('{"version":1,"rules":[]}'), { kind: 'policy', rules: [] });
});

t.test('every problem is reported together, with its place and the nearest name', async (t) => {
  const problems = problemsOf(`version: 2
ruels: []
rules:
  - namespaces: {}
    names: ["smm:/a", 7, "*", "ssm:./a", "a b"]
    roles: role/x
    deliveries: [secrets]
  - namespace: {}
    names: ["**"]
  - namespaces: { selector: { matchLabels: { a: 1 }, matchExpressions: [{ key: a, operator: in }, { key: b, operator: In }, { key: c, operator: Exists, values: [x] }] } }
    names: []
  - 5
`);

  t.matchOnly(problems, [
    /^file .*unknown field "ruels"; did you mean "rules"/,
    /^version \(line 1\): the version is not 1/,
    /^rules\[0\]\.namespaces \(line 4\): it selects by nothing/,
    /^rules\[0\]\.names\[0\] \(line 5\): .*did you mean "ssm:"/,
    /^rules\[0\]\.names\[1\] \(line 5\): a number stands where text must be/,
    /^rules\[0\]\.names\[2\].*"\*\*" stands for all/,
    /^rules\[0\]\.names\[3\].*is relative/,
    /^rules\[0\]\.names\[4\].*white space/,
    /^rules\[0\]\.roles \(line 6\): text stands where a list must be/,
    /^rules\[0\]\.deliveries\[0\].*did you mean "secret"/,
    /^rules\[1\] \(line 8\): unknown field "namespace"; did you mean "namespaces"/,
    /^rules\[1\] .*has no "namespaces"/,
    /^rules\[2\]\.namespaces\.selector\.matchLabels\.a \(line 10\): a number stands where text/,
    /^rules\[2\].*"in" is no operator; did you mean "In"/,
    /^rules\[2\].*In needs values/,
    /^rules\[2\].*Exists takes no values/,
    /^rules\[3\] \(line 12\): a number stands where a mapping must be/,
  ]);
});

t.test('a rule needs both its namespaces and its names', async (t) => {
  t.match(problemsOf('version: 1\nrules: [{}]'), [/no "namespaces"/, /no "names"/]);
  t.match(problemsOf('version: 1'), [/no list of rules/]);
  t.match(problemsOf(''), [/nothing stands where a mapping must be/]);
  t.match(problemsOf('[]'), [/a list stands where a mapping must be/]);
});

t.test('keys that every object inherits are unknown fields like any other', async (t) => {
  t.match(problemsOf('{"version":1,"rules":[],"__proto__":{"x":1},"constructor":1}'), [
    /unknown field "__proto__"/,
    /unknown field "constructor"/,
  ]);
});

t.test('what the parser says about a broken file stays inside', async (t) => {
  const broken = [
    `version: 1\nrules: [${CANARY}`,
    `{"version": 1, "rules": "${CANARY}`,
    `version: 1\n${CANARY}: 1\n${CANARY}: 2\nrules: []`,
    `a: &a [${CANARY}, *a]\nversion: 1`,
    `a: *${CANARY.replace('-', '')}`,
    `${'['.repeat(20_000)}${CANARY}`,
    `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nrules: [*c,*c,*c,*c,*c]`,
    'x'.repeat(1024 * 1024 + 1),
  ];

  for (const text of broken) {
    const parsed = parsePolicy(text);
    t.notOk('kind' in parsed, text.slice(0, 40));
    t.notMatch(JSON.stringify(parsed), 'unexpected token');
  }
  t.match(problemsOf(`version: 1\nrules: [${CANARY}`), [/neither YAML nor JSON, see line \d/]);
  t.notMatch(problemsOf(`version: 1\nrules: [${CANARY}`).join(), CANARY);
});

t.test('a pattern that is too long is refused', async (t) => {
  t.match(
    problemsOf(
      JSON.stringify({ version: 1, rules: [{ namespaces: { names: ['a'.repeat(600)] }, names: [] }] }),
    ),
    [/longer than 512 characters/],
  );
});
