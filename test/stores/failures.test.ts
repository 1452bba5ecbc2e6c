// SSM and Secrets Manager each denying, throttling, timing out, talking nonsense, and closing the connection.

import { inspect } from 'node:util';

import t from 'tap';

import { systemClock } from '../../src/clock.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { Fetched } from '../../src/request/evaluate.ts';
import { awsStoreOf } from '../../src/request/addresses.ts';
import type { Address, AwsStoreName } from '../../src/request/plan.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { createSecretsManagerStore } from '../../src/stores/secrets-manager.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import type { Store } from '../../src/stores/store.ts';
import { doubleSession } from '../support/aws-double-session.ts';
import type { DoubleSession } from '../support/aws-double-session.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import type { AwsDouble, Fault } from '../support/aws-double.ts';
import { text } from '../support/store-conformance.ts';

const region = 'eu-west-1';
const CANARY = 'canary-7f3a9c-value';
const role = 'arn:aws:iam::111122223333:role/test-app';

interface World {
  readonly double: AwsDouble;
  readonly stores: Readonly<Record<AwsStoreName, Store>>;
  readonly session: DoubleSession;
}

/** @param attemptTimeoutMs long enough for a busy machine, but where it is to run out */
async function world(t: Tap, attemptTimeoutMs = 10_000): Promise<World> {
  const double = await startAwsDouble();
  t.teardown(() => double.close());
  double.ssm.put('/app/value', CANARY);
  double.secrets.put('app/value', CANARY);
  const network = createAwsNetwork({ endpoint: double.url, attempts: 1, attemptTimeoutMs });
  const clients = createAwsClients(network);
  const stores = {
    ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
    secretsmanager: createSecretsManagerStore({ connect: clients.secretsManager }),
  };
  return { double, stores, session: doubleSession(double) };
}

type Tap = Pick<typeof t, 'teardown'>;

const addresses: readonly Address[] = [
  { store: 'ssm', region, name: '/app/value' },
  { store: 'secretsmanager', region, name: 'app/value' },
];

async function read({ stores, session }: World, address: Address): Promise<Fetched | LatchkeyError> {
  const [outcome] = await stores[awsStoreOf(address)].read([address], session, AbortSignal.timeout(5000));
  return outcome ?? new LatchkeyError('LK-INTERNAL', 'no outcome');
}

function everything(outcome: Fetched | LatchkeyError): string {
  const shown = [inspect(outcome, { depth: 9, showHidden: true }), JSON.stringify(outcome)];
  if (outcome instanceof LatchkeyError)
    shown.push(String(outcome), outcome.message, outcome.remedy, outcome.stack ?? '');
  return shown.join('\n');
}

const cases: readonly (readonly [string, Fault, string])[] = [
  ['throttling', { kind: 'throttle' }, 'LK-THROTTLED'],
  ['server errors', { kind: 'server-error' }, 'LK-AWS-AWAY'],
  ['no answer in time', { kind: 'hang' }, 'LK-TIMEOUT'],
  ['a connection closed before the answer', { kind: 'close' }, 'LK-AWS-AWAY'],
  ['a connection closed in the middle of the answer', { kind: 'close-mid-answer' }, 'LK-AWS-AWAY'],
  [
    'an answer that is no JSON',
    { kind: 'nonsense', text: `{"Parameters":[{"Value":"${CANARY}` },
    'LK-AWS-AWAY',
  ],
  ['an answer of text', { kind: 'nonsense', text: CANARY }, 'LK-AWS-AWAY'],
  ['a gateway error', { kind: 'error', code: CANARY, status: 502, message: CANARY }, 'LK-AWS-AWAY'],
  ['an unknown refusal', { kind: 'error', code: 'StrangeException', message: CANARY }, 'LK-INVALID'],
  ['a refusal whose name is text', { kind: 'error', code: `x ${CANARY}`, message: CANARY }, 'LK-INVALID'],
  ['an invalid request', { kind: 'error', code: 'ValidationException', message: CANARY }, 'LK-INVALID'],
  [
    'IAM denying',
    { kind: 'error', code: 'AccessDeniedException', message: `not authorized ${CANARY}` },
    'LK-DENIED',
  ],
  [
    'KMS denying',
    {
      kind: 'error',
      code: 'AccessDeniedException',
      message: `not authorized to perform: kms:Decrypt ${CANARY}`,
    },
    'LK-KMS',
  ],
  ['a disabled key', { kind: 'error', code: 'InvalidKeyId', message: CANARY }, 'LK-KMS'],
  [
    'credentials that stay expired',
    { kind: 'error', code: 'ExpiredTokenException', message: CANARY },
    'LK-DENIED',
  ],
];

for (const address of addresses) {
  for (const [what, fault, code] of cases) {
    t.test(`${address.store}: ${what} is ${code} and shows nothing of the answer`, async (t) => {
      const here = await world(t, fault.kind === 'hang' ? 250 : undefined);
      here.double.fault({}, fault);

      const outcome = await read(here, address);

      t.equal(text(outcome), code);
      t.notMatch(everything(outcome), CANARY);
      t.notMatch(everything(outcome), 'request-id');
      t.ok(outcome instanceof LatchkeyError && outcome.remedy.endsWith('.') && outcome.cause === undefined);
    });
  }

  t.test(`${address.store}: a dead endpoint is LK-AWS-AWAY`, async (t) => {
    const here = await world(t);
    await here.double.close();

    const outcome = await read(here, address);

    t.equal(text(outcome), 'LK-AWS-AWAY');
  });

  t.test(`${address.store}: one lost connection is tried again`, async (t) => {
    const here = await world(t);
    const clients = createAwsClients(createAwsNetwork({ endpoint: here.double.url }));
    const stores = {
      ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
      secretsmanager: createSecretsManagerStore({ connect: clients.secretsManager }),
    };
    here.double.fault({ times: 1 }, { kind: 'close' });

    const outcome = await read({ ...here, stores }, address);

    t.equal(text(outcome), CANARY);
    t.equal(here.double.count(), 2);
  });

  t.test(`${address.store}: an abort ends the wait with LK-TIMEOUT`, async (t) => {
    const here = await world(t);
    here.double.fault({}, { kind: 'hang' });

    const outcomes = await here.stores[awsStoreOf(address)].read(
      [address],
      here.session,
      AbortSignal.timeout(20),
    );

    t.same(outcomes.map(text), ['LK-TIMEOUT']);
  });

  t.test(`${address.store}: expired credentials are renewed once, and the call made again`, async (t) => {
    const here = await world(t);
    await read(here, address);
    here.double.expireSessions();

    const outcome = await read(here, address);

    t.equal(text(outcome), CANARY);
    t.same(here.session.forgotten, [region]);
  });

  t.test(
    `${address.store}: a session without credentials answers every address with its error`,
    async (t) => {
      const here = await world(t);
      const refusal = new LatchkeyError('LK-TRUST', 'not trusted', 'Trust it.');
      const session = { ...here.session, credentials: () => Promise.reject(refusal) };

      const outcomes = await here.stores[awsStoreOf(address)].read(
        [address, { ...address, name: 'other' }],
        session,
        AbortSignal.timeout(5000),
      );

      t.same(outcomes, [refusal, refusal]);
    },
  );

  t.test(`${address.store}: a failure of our own is LK-INTERNAL and says nothing`, async (t) => {
    const here = await world(t);
    const session = { ...here.session, credentials: () => Promise.reject(new TypeError(CANARY)) };

    const outcome = await read({ ...here, session }, address);

    t.equal(text(outcome), 'LK-INTERNAL');
    t.notMatch(everything(outcome), CANARY);
  });

  t.test(`${address.store}: a denial names the role and the action to allow`, async (t) => {
    const here = await world(t);
    here.double.role(role, { allow: [] });

    const outcome = await read(here, address);

    t.ok(outcome instanceof LatchkeyError);
    t.match(outcome, { code: 'LK-DENIED', message: `access denied for role ${role}` });
    t.match(outcome, {
      remedy: address.store === 'ssm' ? /ssm:GetParameters on/ : /secretsmanager:GetSecretValue on/,
    });
  });
}

t.test('a secret that is scheduled for deletion does not exist, and the message says why', async (t) => {
  const here = await world(t);
  here.double.secrets.scheduleDeletion('app/value');

  const outcome = await read(here, { store: 'secretsmanager', region, name: 'app/value' });

  t.match(outcome, { code: 'LK-NOT-FOUND', message: /scheduled for deletion/, remedy: /restore-secret/ });
});

t.test('a version and a stage that do not belong together are an invalid request', async (t) => {
  const here = await world(t);
  const { versionId } = here.double.secrets.put('app/two', 'old');
  here.double.secrets.put('app/two', 'new');

  const outcome = await read(here, {
    store: 'secretsmanager',
    region,
    name: 'app/two',
    version: versionId,
    stage: 'AWSCURRENT',
  });

  t.equal(text(outcome), 'LK-INVALID');
});

t.test('each KMS failure of the real kind is told apart from a denial by IAM', async (t) => {
  const here = await world(t);
  for (const kms of ['denied', 'disabled'] as const) {
    here.double.ssm.put(`/app/${kms}`, CANARY, { kms });
    here.double.secrets.put(`app/${kms}`, CANARY, { kms });
  }

  const codes = await Promise.all(
    ['denied', 'disabled'].flatMap((kms) => [
      read(here, { store: 'ssm', region, name: `/app/${kms}` }),
      read(here, { store: 'secretsmanager', region, name: `app/${kms}` }),
    ]),
  );

  t.same(codes.map(text), ['LK-KMS', 'LK-KMS', 'LK-KMS', 'LK-KMS']);
});

t.test('when half of the secrets fail, the other half is there', async (t) => {
  const here = await world(t);
  const names = Array.from({ length: 10 }, (_, i) => `half/${i}`);
  for (const [i, name] of names.entries()) if (i % 2 === 0) here.double.secrets.put(name, `value ${i}`);
  here.double.fault({ name: 'half/4' }, { kind: 'throttle' });

  const outcomes = await here.stores.secretsmanager.read(
    names.map((name) => ({ store: 'secretsmanager' as const, region, name })),
    here.session,
    AbortSignal.timeout(5000),
  );

  t.same(outcomes.map(text), [
    'value 0',
    'LK-NOT-FOUND',
    'value 2',
    'LK-NOT-FOUND',
    'LK-THROTTLED',
    'LK-NOT-FOUND',
    'value 6',
    'LK-NOT-FOUND',
    'value 8',
    'LK-NOT-FOUND',
  ]);
});

t.test('credentials that expire under eight parallel calls are renewed together', async (t) => {
  const here = await world(t);
  const names = Array.from({ length: 8 }, (_, i) => `many/${i}`);
  for (const name of names) here.double.secrets.put(name, name);
  const questions = names.map((name) => ({ store: 'secretsmanager' as const, region, name }));
  await here.stores.secretsmanager.read(questions, here.session, AbortSignal.timeout(5000));
  here.double.expireSessions();

  const outcomes = await here.stores.secretsmanager.read(questions, here.session, AbortSignal.timeout(5000));

  t.same(outcomes.map(text), names);
  t.same(here.session.forgotten, [region]);
});
