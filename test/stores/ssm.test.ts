import * as fc from 'fast-check';
import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import type { Address } from '../../src/request/plan.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { answers, batches } from '../../src/stores/ssm-batches.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import type { SsmClient } from '../../src/stores/ssm-calls.ts';
import { doubleSession, testIdentity } from '../support/aws-double-session.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { text } from '../support/store-conformance.ts';
import { testClock } from '../support/test-clock.ts';

const region = 'eu-west-1';
const role = 'arn:aws:iam::111122223333:role/test-app';
const signal = AbortSignal.timeout(30_000);

function parameter(name: string, selector?: string): Address {
  return { store: 'ssm', region, name, ...(selector === undefined ? {} : { selector }) };
}

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `/app/${String(i).padStart(2, '0')}`);
}

type Tap = Pick<typeof t, 'teardown'>;

async function world(t: Tap, count = 10) {
  const double = await startAwsDouble();
  t.teardown(() => double.close());
  for (const name of names(count)) double.ssm.put(name, `value of ${name}`);
  const clock = testClock();
  const advice: string[] = [];
  const connect = createAwsClients(createAwsNetwork({ endpoint: double.url })).ssm;
  const store = createSsmStore({ connect, clock, advise: ({ text }) => void advice.push(text) });
  const session = doubleSession(double);
  const read = async (wanted: readonly string[]): Promise<readonly string[]> =>
    (
      await store.read(
        wanted.map((name) => parameter(name)),
        session,
        signal,
      )
    ).map(text);
  return { double, store, session, clock, advice, read };
}

t.test('ten parameters are one call, eleven are two', async (t) => {
  const { double, read } = await world(t, 11);

  await read(names(10));
  const one = double.count();
  await read(names(11));

  t.equal(one, 1);
  t.same(double.count('ssm:GetParameters'), 3);
});

t.test('a denied name is the only one that fails its batch', async (t) => {
  const { double, store, session, advice } = await world(t);
  const allowed = names(10).filter((name) => name !== '/app/05');
  double.role(role, { allow: [{ actions: ['ssm:GetParameters'], resources: allowed }] });

  const outcomes = await store.read(
    names(10).map((name) => parameter(name)),
    session,
    signal,
  );

  t.same(
    outcomes.map(text),
    names(10).map((name) => (name === '/app/05' ? 'LK-DENIED' : `value of ${name}`)),
  );
  t.match(outcomes[5], {
    message: `access denied for role ${role}`,
    remedy: /^Allow ssm:GetParameters on this parameter/,
  });
  t.same(advice, []);
});

t.test(
  'a role with GetParameter only reads one by one, is remembered, and its operator advised once',
  async (t) => {
    const { double, advice, read } = await world(t);
    double.role(role, { allow: [{ actions: ['ssm:GetParameter'] }] });

    const first = await read(names(10));
    double.forgetCalls();
    const second = await read(names(10));

    t.same(
      first,
      names(10).map((name) => `value of ${name}`),
    );
    t.same(second, first);
    t.equal(double.count('ssm:GetParameter'), 10);
    t.equal(double.count('ssm:GetParameters'), 0, 'no call that is known to be denied');
    t.equal(advice.length, 1);
    t.match(advice[0], /"ssm:GetParameter", "ssm:GetParameters"/);
    t.match(advice[0], role);
  },
);

t.test(
  'a single parameter of a role with GetParameter only takes two calls at first, one later',
  async (t) => {
    const { double, read } = await world(t);
    double.role(role, { allow: [{ actions: ['ssm:GetParameter'] }] });

    await read(['/app/00']);
    const first = double.calls.map(({ action }) => action);
    double.forgetCalls();
    await read(['/app/00']);

    t.same(first, ['ssm:GetParameters', 'ssm:GetParameter']);
    t.equal(double.count(), 1);
  },
);

t.test('a parameter that does not exist also shows that the role has GetParameter only', async (t) => {
  const { double, advice, read } = await world(t);
  double.role(role, { allow: [{ actions: ['ssm:GetParameter'] }] });

  t.same(await read(['/app/absent']), ['LK-NOT-FOUND']);

  t.equal(advice.length, 1);
});

t.test('what is remembered of one identity does not count for another', async (t) => {
  const { double, store, read } = await world(t);
  double.role(role, { allow: [{ actions: ['ssm:GetParameter'] }] });
  await read(['/app/00']);
  double.forgetCalls();
  const other = doubleSession(double, { serviceAccountUid: 'another' });

  await store.read([parameter('/app/00')], other, signal);

  t.same(
    double.calls.map(({ action }) => action),
    ['ssm:GetParameters', 'ssm:GetParameter'],
  );
});

t.test('a corrected policy takes effect after a while', async (t) => {
  const { double, clock, read } = await world(t);
  double.role(role, { allow: [{ actions: ['ssm:GetParameter'] }] });
  await read(names(10));
  double.role(role, { allow: [{ actions: ['ssm:GetParameter*'] }] });
  double.forgetCalls();

  clock.advance(10 * 60_000);
  await read(names(10));

  t.same(
    double.calls.map(({ action }) => action),
    ['ssm:GetParameters'],
  );
});

t.test('a role with GetParameter for some and GetParameters for others gets all', async (t) => {
  const { double, read } = await world(t, 4);
  double.role(role, {
    allow: [
      { actions: ['ssm:GetParameter'], resources: ['/app/00', '/app/01'] },
      { actions: ['ssm:GetParameters'], resources: ['/app/02', '/app/03'] },
    ],
  });

  t.same(
    await read(names(4)),
    names(4).map((name) => `value of ${name}`),
  );
  t.same(
    await read(names(4)),
    names(4).map((name) => `value of ${name}`),
  );
});

t.test('the role of the original KES article works', async (t) => {
  const { double, read } = await world(t);
  double.ssm.put('prod-password', 'hunter2');
  double.role(role, {
    allow: [
      { actions: ['ssm:GetParameter'], resources: ['arn:aws:ssm:eu-west-1:111122223333:parameter/prod-*'] },
    ],
  });

  t.same(await read(['prod-password', '/app/00']), ['hunter2', 'LK-DENIED']);
});

t.test('one name that SSM calls invalid fails alone', async (t) => {
  const { read } = await world(t);

  t.same(await read(['/app/00', '/app/with a space', '/app/01']), [
    'value of /app/00',
    'LK-INVALID',
    'value of /app/01',
  ]);
});

t.test('one parameter whose key is denied fails alone', async (t) => {
  const { double, read } = await world(t);
  double.ssm.put('/app/sealed', 'x', { kms: 'denied' });
  double.ssm.put('/app/disabled', 'x', { kms: 'disabled' });

  t.same(await read(['/app/00', '/app/sealed', '/app/disabled', '/app/01']), [
    'value of /app/00',
    'LK-KMS',
    'LK-KMS',
    'value of /app/01',
  ]);
});

t.test('throttling fails the batch without a call for each name', async (t) => {
  const { double, store, session } = await world(t);
  const connect = createAwsClients(createAwsNetwork({ endpoint: double.url, attempts: 1 })).ssm;
  const impatient = createSsmStore({ connect, clock: testClock(), advise: () => {} });
  double.fault({}, { kind: 'throttle' });

  const outcomes = await impatient.read(
    names(10).map((name) => parameter(name)),
    session,
    signal,
  );

  t.ok(outcomes.every((outcome) => outcome instanceof LatchkeyError && outcome.code === 'LK-THROTTLED'));
  t.equal(double.count(), 1);
  t.ok(store);
});

t.test('a shared parameter is matched by the ARN that was asked', async (t) => {
  const arn = 'arn:aws:ssm:eu-west-1:999988887777:parameter/shared/db';
  const client: Partial<SsmClient> = {
    getParameters: async () => ({
      Parameters: [
        {
          Name: '/shared/db',
          ARN: 'arn:aws:ssm:eu-west-1:111122223333:parameter/shared/db',
          Value: 'own',
          Version: 1,
        },
        { Name: arn, ARN: arn, Value: 'shared', Version: 4 },
      ],
    }),
  };
  const store = createSsmStore({ connect: fake(client), clock: testClock(), advise: () => {} });

  const outcomes = await store.read([parameter(arn)], fakeSession(), signal);

  t.same(outcomes.map(text), ['shared']);
});

t.test('an answer in the wrong order, or with foreign parameters, is never taken by position', async (t) => {
  const client: Partial<SsmClient> = {
    getParameters: async () => ({
      Parameters: [
        { Name: '/z', Value: 'foreign', Version: 1 },
        { Name: '/b', Value: 'b', Version: 1 },
        { Name: '/a', Value: 'a of another version', Version: 2, Selector: ':2' },
      ],
    }),
  };
  const store = createSsmStore({ connect: fake(client), clock: testClock(), advise: () => {} });

  const outcomes = await store.read(
    [parameter('/a'), parameter('/b'), parameter('/c')],
    fakeSession(),
    signal,
  );

  t.same(outcomes.map(text), ['LK-INVALID', 'b', 'LK-INVALID']);
});

t.test('more than 500 members below a path are a limit, and no more pages are asked', async (t) => {
  let pages = 0;
  const client: Partial<SsmClient> = {
    getParametersByPath: async ({ path }) => {
      pages += 1;
      const Parameters = Array.from({ length: 10 }, (_, i) => ({
        Name: `${path}/${pages}-${i}`,
        Value: 'x',
        Version: 1,
      }));
      return { Parameters, NextToken: String(pages) };
    },
  };
  const store = createSsmStore({ connect: fake(client), clock: testClock(), advise: () => {} });

  const members = await store.list?.({ ...parameter('/app'), below: 'all-levels' }, fakeSession(), signal);

  t.match(members, { code: 'LK-LIMIT' });
  t.equal(pages, 51);
});

t.test('a denied path says which permission it needs', async (t) => {
  const { double, store, session } = await world(t);
  double.role(role, { allow: [{ actions: ['ssm:GetParameters'] }] });

  const members = await store.list?.({ ...parameter('/app'), below: 'one-level' }, session, signal);

  t.match(members, { code: 'LK-DENIED', remedy: /ssm:GetParametersByPath on this path/ });
});

t.test('batches hold at most ten addresses, each address once, and never one parameter twice', (t) => {
  const address = fc.record({
    name: fc.constantFrom(
      '/a',
      'a',
      'arn:aws:ssm:eu-west-1:111122223333:parameter/a',
      '/b',
      '/c/d',
      'arn:aws-cn:ssm:cn-north-1:1:parameter/c/d',
      ...names(12),
    ),
    selector: fc.constantFrom('1', '2', 'label'),
  });

  fc.assert(
    fc.property(fc.array(address, { maxLength: 40 }), (wanted) => {
      const addresses = wanted.map(({ name, selector }) => parameter(name, selector));

      const cut = batches(addresses);

      t.same(new Set(cut.flat()), new Set(addresses));
      for (const batch of cut) {
        const parameters = batch.map(({ name }) => name.replace(/^arn:.*:parameter/, '').replace(/^\//, ''));
        if (batch.length > 10 || new Set(parameters).size !== parameters.length) return false;
      }
      return cut.flat().length === addresses.length;
    }),
  );
  t.end();
});

t.test('a returned parameter answers only the version or label that was asked', async (t) => {
  const returned = { Name: '/a', ARN: 'arn:aws:ssm:eu-west-1:1:parameter/a', Value: 'x', Version: 3 };

  t.ok(answers({ ...returned, Selector: ':3' }, parameter('/a', '3')));
  t.ok(answers({ ...returned, Selector: ':live' }, parameter(returned.ARN, 'live')));
  t.notOk(answers({ ...returned, Selector: ':live' }, parameter('/a')));
  t.notOk(answers({ ...returned, Selector: ':3' }, parameter('/a', 'live')));
  t.notOk(answers(returned, parameter('/a', '2')), 'an emulator without selectors');
  t.notOk(answers({ ...returned, Name: '/A', ARN: '' }, parameter('/a')));
});

async function refuse(): Promise<never> {
  throw new Error('not expected');
}

function fake(client: Partial<SsmClient>) {
  return async (): Promise<SsmClient> => ({
    getParameters: refuse,
    getParameter: refuse,
    getParametersByPath: refuse,
    describeParameters: refuse,
    listTags: refuse,
    ...client,
  });
}

function fakeSession() {
  return {
    identity: testIdentity(),
    credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
    forget: () => {},
  };
}
