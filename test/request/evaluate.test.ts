import t from 'tap';
import { describe, LatchkeyError } from '../../src/errors.ts';
import { evaluate } from '../../src/request/evaluate.ts';
import type { Evaluated } from '../../src/request/evaluate.ts';
import { answersOf, app, planFor, podOf, shortly, texts } from './support.ts';

type Contents = Parameters<typeof answersOf>[0];

function run(annotations: Readonly<Record<string, string>>, contents: Contents): Evaluated {
  return evaluate(planFor(podOf(annotations)), answersOf(contents));
}

/** What one reference, as variable V, becomes. */
function value(reference: string, contents: Contents): string | readonly string[] | undefined {
  const evaluated = run({ env: `V: ${JSON.stringify(reference)}` }, contents);
  return evaluated.problems.length > 0 ? shortly(evaluated.problems) : texts(evaluated)['env V'];
}

t.test('values are fetched, their property taken, decoded and encoded, in this order', async (t) => {
  const contents = {
    '/a': 'p@ss "x"',
    '/b64': Buffer.from('p@ss').toString('base64'),
    '/wrapped': 'cEBz\ncw==\n',
    json: JSON.stringify({ b64: 'cEBzcw==', n: 1, o: { z: 1, a: [2] } }),
    exact: '{"n":12345678901234567890,"f":1.0}',
  };
  t.equal(value('ssm:/a', contents), 'p@ss "x"');
  t.equal(value('ssm:/a?encode=url', contents), 'p%40ss%20%22x%22');
  t.equal(value('ssm:/a?encode=json', contents), '"p@ss \\"x\\""');
  t.equal(value('ssm:/a?encode=base64', contents), Buffer.from('p@ss "x"').toString('base64'));
  t.equal(value('ssm:/b64?decode=base64', contents), 'p@ss');
  t.equal(value('ssm:/wrapped?decode=base64', contents), 'p@ss');
  t.equal(value('secretsmanager:json?decode=base64&encode=url#b64', contents), 'p%40ss');
  t.equal(value('secretsmanager:json#o', contents), '{"z":1,"a":[2]}');
  t.equal(value('secretsmanager:exact#n', contents), '12345678901234567890');
  t.equal(value('secretsmanager:exact#f', contents), '1.0');
  t.equal(value('x=((ssm:/a))&y=((ssm:/b64?decode=base64&encode=url))', contents), 'x=p@ss "x"&y=p%40ss');
});

t.test('default and optional stand in for what does not exist, and for nothing else', async (t) => {
  const contents = {
    '/denied': new LatchkeyError('LK-DENIED', 'access denied', 'Allow it.'),
    '/away': new LatchkeyError('LK-AWS-AWAY', 'away', 'Wait.'),
    '/plain': 'hunter2',
    json: '{"n":null,"a":1}',
  };
  for (const reference of ['ssm:/none?', 'secretsmanager:json?', 'secretsmanager:json?']) {
    const property = { 'ssm:/none?': '' }[reference] ?? '#n';
    t.equal(value(`${reference}default=d%20d${property}`, contents), 'd d');
    t.equal(value(`${reference}optional=true${property}`, contents), undefined);
  }
  t.equal(value('secretsmanager:json?optional=true#b', contents), undefined);
  t.equal(value('secretsmanager:json?default=#b', contents), '');
  t.equal(value('ssm:/none?default=a%26b&decode=base64&encode=url', contents), 'a%26b');
  t.equal(value('a((ssm:/none?optional=true))b', contents), undefined);
  for (const option of ['optional=true', 'default=x']) {
    t.strictSame(value(`ssm:/denied?${option}`, contents), ['LK-DENIED env V']);
    t.strictSame(value(`ssm:/away?${option}`, contents), ['LK-AWS-AWAY env V']);
    t.strictSame(value(`ssm:/plain?${option}#a`, contents), ['LK-NOT-JSON env V']);
    t.strictSame(value(`ssm:/plain?${option}&decode=base64`, contents), ['LK-ENCODING env V']);
    t.strictSame(value(`secretsmanager:json?${option}#a..b`, contents), ['LK-PROPERTY env V']);
  }
  t.strictSame(value('ssm:/none', contents), ['LK-NOT-FOUND env V']);
  t.strictSame(value('secretsmanager:json#n', contents), ['LK-PROPERTY env V']);
});

t.test('one failure never hides another', async (t) => {
  const evaluated = run(
    {
      'env.A': 'ssm:/none',
      'env.B': '((ssm:/denied)) ((ssm:/none))',
      'env.C': 'ssm:/c',
      'file.d': 'ssm:/denied',
    },
    { '/denied': new LatchkeyError('LK-DENIED', 'access denied', 'Allow it.'), '/c': 'c' },
  );

  t.strictSame(shortly(evaluated.problems), [
    'LK-NOT-FOUND env A',
    'LK-DENIED env B',
    'LK-NOT-FOUND env B',
    'LK-DENIED file d',
  ]);
  t.match(evaluated.problems[1], {
    reference: 'ssm:/denied',
    field: 'metadata.annotations[latchkey.dev/env.B]',
    message: 'access denied',
    remedy: 'Allow it.',
  });
  t.strictSame(texts(evaluated), { 'env C': 'c' });
});

t.test('bytes that are no text stand only in a file of their own', async (t) => {
  const binary = Uint8Array.from([0xff, 0x00, 0xfe]);
  const contents = { bin: binary, nul: 'a\0b' };
  const file = run({ 'file.a': 'secretsmanager:bin' }, contents);

  t.strictSame(Buffer.from(file.filled[0]?.value.reveal() ?? []), Buffer.from(binary));
  t.strictSame(shortly(run({ 'file.a': 'x((secretsmanager:bin))' }, contents).problems), [
    'LK-ENCODING file a',
  ]);
  t.strictSame(value('secretsmanager:bin', contents), ['LK-ENCODING env V']);
  t.strictSame(value('secretsmanager:bin#a', contents), ['LK-NOT-JSON env V']);
  t.strictSame(value('secretsmanager:bin?encode=json', contents), ['LK-ENCODING env V']);
  t.equal(value('secretsmanager:bin?encode=base64', contents), '/wD+');
  t.equal(value('secretsmanager:bin?encode=url', contents), '%FF%00%FE');
  t.strictSame(value('secretsmanager:nul', contents), ['LK-ENCODING env V']);
  t.equal(run({ 'file.a': 'secretsmanager:nul' }, contents).problems.length, 0);
});

t.test('a variable has at most what Linux allows for one entry', async (t) => {
  const most = 128 * 1024 - 1 - 'V='.length;
  t.equal(value('ssm:/a', { '/a': 'x'.repeat(most) })?.length, most);
  t.strictSame(value('ssm:/a', { '/a': 'x'.repeat(most + 1) }), ['LK-TOO-LARGE env V']);
  t.equal(run({ 'file.a': 'ssm:/a' }, { '/a': 'x'.repeat(most + 1) }).problems.length, 0);

  const env = [{ name: 'V', value: `((latchkey:ssm:/a))((latchkey:ssm:/a))` }];
  const plan = planFor(podOf({}, { containers: [{ ...app, env }] }));
  t.strictSame(shortly(evaluate(plan, answersOf({ '/a': 'x'.repeat(70_000) })).problems), [
    'LK-TOO-LARGE container app, env V',
  ]);
});

t.test('no text of a value is ever in a problem or warning', async (t) => {
  const canary = 'c4n4ry-hunter2';
  const contents = {
    plain: canary,
    json: `{"a":{"${'x'.repeat(3)}":"${canary}"},"b":"${canary}"`,
    deep: '['.repeat(5000) + `"${canary}"` + ']'.repeat(5000),
    bin: Buffer.concat([Buffer.from(canary), Buffer.from([0xff])]),
    nul: `${canary}\0`,
    list: `["${canary}"]`,
  };
  for (const name of Object.keys(contents)) {
    for (const reference of [
      `secretsmanager:${name}#a`,
      `secretsmanager:${name}?decode=base64`,
      `secretsmanager:${name}#"`,
    ]) {
      const { problems, warnings } = run(
        { 'env.A': reference, 'env-from': `secretsmanager:${name}` },
        contents,
      );

      t.ok(problems.length > 0);
      t.notMatch(
        [...problems.map(describe), ...warnings, JSON.stringify(problems)].join('\n'),
        /c4n4ry/,
        reference,
      );
    }
  }
});

t.test('plaintext delivers nothing that the next review would take for a reference', async (t) => {
  for (const text of ['latchkey:ssm:/other', 'x ((latchkey:ssm:/other)) y']) {
    const evaluated = run(
      { 'env.A': 'ssm:/a', delivery: 'plaintext', 'env-from': 'ssm:/b/*' },
      { '/a': text, '/b/B': text },
    );

    t.strictSame(
      evaluated.problems.map(({ code }) => code),
      ['LK-ENCODING', 'LK-ENCODING'],
    );
    t.equal(run({ 'env.A': 'ssm:/a' }, { '/a': text }).problems.length, 0);
  }
});

t.test('every member of a JSON secret or below a path becomes a variable', async (t) => {
  const contents = {
    db: '{"user":"ada","port":5432,"tls":true,"more":{"a":[1.0]},"not-a-name":"x","gone":null}',
    '/shop/db/user': 'ada',
    '/shop/api-key.v1': 'k',
    '/shop/n': '1',
    '/other': 'x',
  };
  const json = run({ 'env-from': 'secretsmanager:db?prefix=DB_' }, contents);
  t.strictSame(texts(json), {
    'env DB_user': 'ada',
    'env DB_port': '5432',
    'env DB_tls': 'true',
    'env DB_more': '{"a":[1.0]}',
  });
  t.match(json.warnings, [/"not-a-name".*no variable name/, /"gone".*null/]);
  t.strictSame(texts(run({ 'env-from': 'ssm:/shop/**?case=upper' }, contents)), {
    'env DB_USER': 'ada',
    'env API_KEY_V1': 'k',
    'env N': '1',
  });
  t.strictSame(texts(run({ 'files-from': 'ssm:/shop/**?prefix=s/' }, contents)), {
    'file s/db/user': 'ada',
    'file s/api-key.v1': 'k',
    'file s/n': '1',
  });
  t.strictSame(texts(run({ 'env-from': 'secretsmanager:db?keys=port,user' }, contents)), {
    'env port': '5432',
    'env user': 'ada',
  });
  t.strictSame(texts(run({ 'env-from': 'secretsmanager:db#more' }, contents)), { 'env a': '[1.0]' });
});

t.test('members that change how programs run are skipped, unless they are named', async (t) => {
  const contents = { db: '{"NODE_OPTIONS":"--import=x","LD_PRELOAD":"x","https_proxy":"x","A":"a"}' };
  const all = run({ 'env-from': 'secretsmanager:db' }, contents);

  t.strictSame(texts(all), { 'env A': 'a' });
  t.match(all.warnings, [/"NODE_OPTIONS".*latchkey\.dev\/env\.NAME/, /"LD_PRELOAD"/, /"https_proxy"/]);
  t.strictSame(texts(run({ 'env-from': 'secretsmanager:db?prefix=X_' }, contents))['env X_LD_PRELOAD'], 'x');
  t.strictSame(texts(run({ 'env-from': 'secretsmanager:db?keys=NODE_OPTIONS' }, contents)), {
    'env NODE_OPTIONS': '--import=x',
  });
  t.strictSame(texts(run({ 'env-from': 'ssm:/p/*?prefix=LD_&optional=true' }, { '/p/PRELOAD': 'x' })), {});
});

t.test(
  'an env item wins over a member; two members of one name are a conflict that names both',
  async (t) => {
    const contents = { a: '{"X":"1","Y":"2"}', b: '{"X":"3"}', '/p/x-y': '1', '/p/x.y': '2', '/a': 'own' };

    t.strictSame(
      texts(run({ 'env.X': 'ssm:/a', 'env-from': 'secretsmanager:a\nsecretsmanager:b' }, contents)),
      {
        'env X': 'own',
        'env Y': '2',
      },
    );
    t.match(run({ 'env-from': 'secretsmanager:a\nsecretsmanager:b' }, contents).problems, [
      { code: 'LK-CONFLICT', message: /"X" of secretsmanager:a and .*"X" of secretsmanager:b/ },
    ]);
    t.match(run({ 'env-from': 'ssm:/p/*' }, contents).problems, [
      { code: 'LK-CONFLICT', message: /"x-y".*"x\.y".*"x_y"/ },
    ]);
  },
);

t.test('member files and asked files must be able to stand side by side', async (t) => {
  const contents = {
    a: '{"x":"1"}',
    b: '{"x/y":"2","X":"3"}',
    c: '{"../x":"1","..data":"2","ok":"3"}',
    '/a': 'own',
  };

  t.strictSame(texts(run({ 'file.x': 'ssm:/a', 'files-from': 'secretsmanager:a' }, contents)), {
    'file x': 'own',
  });
  t.strictSame(
    run({ 'files-from': 'secretsmanager:a\nsecretsmanager:b' }, contents).problems.map(({ code }) => code),
    ['LK-CONFLICT', 'LK-CONFLICT'],
  );
  t.strictSame(
    run({ files: 'x/y/z: ssm:/a', 'files-from': 'secretsmanager:a' }, contents).problems.map(
      ({ code }) => code,
    ),
    ['LK-CONFLICT'],
  );
  const skipped = run({ 'files-from': 'secretsmanager:c' }, contents);
  t.strictSame(texts(skipped), { 'file ok': '3' });
  t.equal(skipped.warnings.length, 2);
});

t.test('no member, a missing key, too many members and a value without members are told', async (t) => {
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`K${index}`, 'v'])),
  );
  const contents = {
    empty: '{}',
    list: '[1]',
    text: 'hunter2',
    db: '{"a":1,"n":null}',
    many,
    odd: '{"a-b":1}',
  };
  const codes = (reference: string) =>
    run({ 'env-from': reference }, contents).problems.map(({ code }) => code);

  t.strictSame(codes('secretsmanager:empty'), ['LK-EMPTY']);
  t.strictSame(codes('secretsmanager:odd'), ['LK-EMPTY']);
  t.strictSame(codes('ssm:/none/*'), ['LK-EMPTY']);
  t.strictSame(codes('secretsmanager:list'), ['LK-NOT-JSON']);
  t.strictSame(codes('secretsmanager:text'), ['LK-NOT-JSON']);
  t.strictSame(codes('secretsmanager:none'), ['LK-NOT-FOUND']);
  t.strictSame(codes('secretsmanager:db#x'), ['LK-PROPERTY']);
  t.strictSame(codes('secretsmanager:db?keys=a,b'), ['LK-PROPERTY']);
  t.strictSame(codes('secretsmanager:db?keys=n'), ['LK-PROPERTY']);
  t.strictSame(codes('ssm:/none/*?keys=a'), ['LK-NOT-FOUND']);
  t.strictSame(codes('secretsmanager:many'), ['LK-LIMIT']);
  t.strictSame(codes('secretsmanager:many?keys=K500'), []);
  for (const reference of [
    'secretsmanager:empty',
    'secretsmanager:none',
    'ssm:/none/*',
    'secretsmanager:db?keys=b',
    'secretsmanager:db?#x',
  ]) {
    const optional = reference.includes('?')
      ? reference.replace('?', '?optional=true&').replace('&#', '#')
      : `${reference}?optional=true`;
    t.strictSame(codes(optional), [], optional);
  }
});
