import t from 'tap';
import * as fc from 'fast-check';
import { LatchkeyError } from '../../src/errors.ts';
import { createCredentialCache, type Obtain } from '../../src/identity/credential-cache.ts';
import { identityKey, type Credentials, type Identity } from '../../src/identity/identity.ts';

const identity: Identity = {
  kind: 'pod',
  namespace: 'shop',
  serviceAccount: 'app',
  serviceAccountUid: 'uid-1',
  audience: 'sts.amazonaws.com',
  roleChain: ['arn:aws:iam::111122223333:role/app'],
};
const MINUTE = 60_000;

const away: Obtain = async () => {
  throw new LatchkeyError('LK-AWS-AWAY', 'away');
};
const refused: Obtain = async () => {
  throw new LatchkeyError('LK-TRUST', 'no');
};

function fixture(max = 100) {
  const time = { ms: 1_000_000 };
  const clock = { now: () => time.ms, wall: () => time.ms };
  const cache = createCredentialCache({ clock, max });
  let obtained = 0;
  const obtain: Obtain = async () => {
    obtained += 1;
    return {
      accessKeyId: `key-${obtained}`,
      secretAccessKey: 's',
      expiration: new Date(time.ms + 15 * MINUTE),
    };
  };
  const signal = new AbortController().signal;
  return {
    time,
    cache,
    obtain,
    count: () => obtained,
    get: (over: Partial<Identity> = {}, region = 'eu-west-1', how = obtain) =>
      cache.get({ identity: { ...identity, ...over }, region, signal }, how),
  };
}

t.test('credentials are kept until three minutes before they expire', async (t) => {
  const { get, time } = fixture();

  t.equal((await get()).accessKeyId, 'key-1');
  time.ms += 12 * MINUTE;
  t.equal((await get()).accessKeyId, 'key-1');
  time.ms += 1;
  t.equal((await get()).accessKeyId, 'key-2');
});

t.test('each field of the identity, and the region, has credentials of its own', async (t) => {
  const { get, count } = fixture();
  const others: readonly Partial<Identity>[] = [
    { kind: 'controller' },
    { namespace: 'other' },
    { serviceAccount: 'other' },
    { serviceAccountUid: 'uid-2' },
    { audience: 'other' },
    { roleChain: ['arn:aws:iam::111122223333:role/app', 'arn:aws:iam::111122223333:role/next'] },
    { externalId: 'x' },
    { staticKeys: 'x' },
    { hops: [{ roleArn: 'r' }] },
    { hops: [{ roleArn: 'r', externalId: 'x' }] },
    { hops: [{ roleArn: 'r', sessionTags: [{ key: 'team', value: 'a' }] }] },
    { hops: [{ roleArn: 'r', sessionTags: [{ key: 'team', value: 'b' }] }] },
    { hops: [{ roleArn: 'r', sessionTags: [{ key: 'team', value: 'b' }], transitiveTagKeys: ['team'] }] },
    { hops: [{ roleArn: 'r', externalId: 'x' }, { roleArn: 's' }] },
    { hops: [{ roleArn: 'r' }, { roleArn: 's', externalId: 'x' }] },
  ];

  await get();
  for (const [index, other] of others.entries()) {
    await get(other);
    t.equal(count(), index + 2, JSON.stringify(other));
  }
  await get({}, 'eu-central-1');
  t.equal(count(), others.length + 2);
});

t.test('two identities share a key only if they are the same', async () => {
  const one = fc.record({
    kind: fc.constantFrom<Identity['kind']>('pod', 'controller'),
    namespace: fc.string({ maxLength: 3 }),
    serviceAccount: fc.string({ maxLength: 3 }),
    serviceAccountUid: fc.string({ maxLength: 3 }),
    audience: fc.string({ maxLength: 3 }),
    roleChain: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
    hops: fc.array(
      fc.record({
        roleArn: fc.string({ maxLength: 3 }),
        externalId: fc.string({ maxLength: 3 }),
        sessionTags: fc.array(
          fc.record({ key: fc.string({ maxLength: 2 }), value: fc.string({ maxLength: 2 }) }),
        ),
        transitiveTagKeys: fc.array(fc.string({ maxLength: 2 })),
      }),
      { maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(
      one,
      one,
      (a, b) => (identityKey(a) === identityKey(b)) === (JSON.stringify(a) === JSON.stringify(b)),
    ),
  );
});

t.test('concurrent callers share one flight, and one that leaves takes nobody along', async (t) => {
  const { cache } = fixture();
  const leaving = new AbortController();
  const staying = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Credentials>();
  const flights: AbortSignal[] = [];
  const slow: Obtain = (signal) => {
    flights.push(signal);
    return promise;
  };

  const left = cache.get({ identity, region: 'eu-west-1', signal: leaving.signal }, slow);
  const stayed = cache.get({ identity, region: 'eu-west-1', signal: staying.signal }, slow);
  leaving.abort();

  await t.rejects(left, { code: 'LK-TIMEOUT', message: 'credentials for eu-west-1 did not come in time' });
  t.same(
    flights.map(({ aborted }) => aborted),
    [false],
  );
  resolve({ accessKeyId: 'shared', secretAccessKey: 's' });
  t.equal((await stayed).accessKeyId, 'shared');
});

t.test('a failure is not kept', async (t) => {
  const { get, count } = fixture();
  await t.rejects(get({}, 'eu-west-1', refused), { code: 'LK-TRUST' });
  await get();
  t.equal(count(), 1);
});

t.test(
  'what cannot be renewed while AWS is away is used as long as it lasts, but not after a refusal',
  async (t) => {
    const { get, time } = fixture();
    await get();

    time.ms += 13 * MINUTE;
    t.equal((await get({}, 'eu-west-1', away)).accessKeyId, 'key-1');
    await t.rejects(get({}, 'eu-west-1', refused), { code: 'LK-TRUST' });
    time.ms += 2 * MINUTE;
    await t.rejects(get({}, 'eu-west-1', away), { code: 'LK-AWS-AWAY' });
  },
);

t.test('forgetting makes the next call ask again, also for a flight that is on its way', async (t) => {
  const { get, cache, count } = fixture();
  await get();
  cache.forget(identity, 'eu-west-1');
  await get();
  t.equal(count(), 2);

  const { promise, resolve } = Promise.withResolvers<Credentials>();
  const flight = get({ namespace: 'late' }, 'eu-west-1', () => promise);
  cache.forget({ ...identity, namespace: 'late' }, 'eu-west-1');
  resolve({ accessKeyId: 'old', secretAccessKey: 's' });
  await flight;
  t.equal((await get({ namespace: 'late' })).accessKeyId, 'key-3');
});

t.test('only so many are kept', async (t) => {
  const { get, count } = fixture(3);
  for (const namespace of ['a', 'b', 'c', 'd']) await get({ namespace });

  await get({ namespace: 'd' });
  t.equal(count(), 4);
  await get({ namespace: 'a' });
  t.equal(count(), 5);
});
