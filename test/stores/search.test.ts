import t, { type Test } from 'tap';

import { systemClock } from '../../src/clock.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { Address } from '../../src/request/plan.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { createResolver } from '../../src/stores/resolver.ts';
import { createSecretsManagerStore } from '../../src/stores/secrets-manager.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { doubleSession } from '../support/aws-double-session.ts';
import { type Grant, startAwsDouble } from '../support/aws-double.ts';

const region = 'eu-west-1';
const role = 'arn:aws:iam::111122223333:role/test-app';
const everywhere: Address = { store: 'ssm', region, name: '', find: { name: '.' } };

t.test('a search that matches thousands is refused, and ends long before it has read them', async (t) => {
  const { double, ssm, secrets, session } = await start(t);
  for (let n = 0; n < 10_000; n += 1) {
    double.ssm.put(`/many/${n}`, 'v');
    double.secrets.put(`many/${n}`, 'v');
  }

  const parameters = await ssm.list?.(everywhere, session, AbortSignal.timeout(60_000));
  const found = await secrets.list?.(
    { ...everywhere, store: 'secretsmanager' },
    session,
    AbortSignal.timeout(60_000),
  );

  t.same([codeOf(parameters), codeOf(found)], ['LK-LIMIT', 'LK-LIMIT']);
  t.ok(double.calls.length < 100, `${double.calls.length} calls`);
});

t.test('a search through too many that do not match is refused', async (t) => {
  const { double, ssm, session } = await start(t);
  for (let n = 0; n < 1001; n += 1) double.ssm.put(`/many/${n}`, 'v');

  const answer = await ssm.list?.(
    { ...everywhere, find: { name: 'nothing' } },
    session,
    AbortSignal.timeout(60_000),
  );

  t.equal(codeOf(answer), 'LK-LIMIT');
});

t.test('a role that may not read paths searches by descriptions', async (t) => {
  const { double, ssm, session } = await start(t, {
    actions: ['ssm:DescribeParameters', 'ssm:GetParameters'],
  });
  double.ssm.put('/shop/db', 'db');
  double.ssm.put('/shop/other', 'other');
  const search = { ...everywhere, find: { name: '/db$' } };

  const answer = await ssm.list?.(search, session, AbortSignal.timeout(30_000));

  t.same(Array.isArray(answer) && answer.map(({ name }) => name), ['/shop/db']);
  t.equal(double.count('ssm:DescribeParameters'), 1);
});

t.test('a search that is denied says which permission it needs', async (t) => {
  const { double, ssm, secrets, session } = await start(t, { actions: ['ssm:GetParameters'] });
  double.ssm.put('/shop/db', 'db');

  const parameters = await ssm.list?.(everywhere, session, AbortSignal.timeout(30_000));
  const found = await secrets.list?.(
    { ...everywhere, store: 'secretsmanager' },
    session,
    AbortSignal.timeout(30_000),
  );

  t.match(parameters, { code: 'LK-DENIED', remedy: /ssm:DescribeParameters/ });
  t.match(found, { code: 'LK-DENIED', remedy: /secretsmanager:ListSecrets/ });
});

t.test('an expression that is none asks nobody', async (t) => {
  const { double, ssm, session } = await start(t);

  const answer = await ssm.list?.(
    { ...everywhere, find: { name: '(' } },
    session,
    AbortSignal.timeout(30_000),
  );

  t.equal(codeOf(answer), 'LK-SYNTAX');
  t.equal(double.calls.length, 0);
});

t.test('equal searches are one call, and different ones never share an answer', async (t) => {
  const { double, ssm, secrets, session } = await start(t);
  double.ssm.put('/shop/a', 'a');
  double.ssm.put('/shop/b', 'b');
  const stores = { ssm, secretsmanager: secrets };
  const resolver = createResolver({ stores, clock: systemClock, cacheTtlMs: 30_000 });
  const a: Address = { ...everywhere, find: { name: 'a$' } };
  const b: Address = { ...everywhere, find: { name: 'b$' } };

  const options = { freshAfter: 0, signal: AbortSignal.timeout(30_000) };
  const answers = await Promise.all([
    resolver.resolve([a, b], session, options),
    resolver.resolve([{ ...a }], session, options),
  ]);

  const names = ([first, second]: typeof answers) =>
    [first.many(a), first.many(b), second.many(a)].map((many) =>
      many instanceof LatchkeyError ? many.code : many.map(({ name }) => name),
    );
  t.same(names(answers), [['/shop/a'], ['/shop/b'], ['/shop/a']]);
  t.equal(double.count('ssm:GetParametersByPath'), 2);
});

async function start(t: Test, grant?: Grant) {
  const double = await startAwsDouble();
  double.role(role, grant === undefined ? {} : { allow: [grant] });
  t.teardown(() => double.close());
  const clients = createAwsClients(createAwsNetwork({ endpoint: double.url }));
  return {
    double,
    ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
    secrets: createSecretsManagerStore({ connect: clients.secretsManager }),
    session: doubleSession(double),
  };
}

function codeOf(answer: unknown): string {
  return answer instanceof LatchkeyError ? answer.code : 'no error';
}
