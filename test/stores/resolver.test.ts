import * as fc from 'fast-check';
import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { identityKey } from '../../src/identity/identity.ts';
import type { Identity, Session } from '../../src/identity/identity.ts';
import { addressKey } from '../../src/request/addresses.ts';
import type { Answers, Fetched } from '../../src/request/evaluate.ts';
import type { Address, Item } from '../../src/request/plan.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { failoversOf } from '../../src/request/failover.ts';
import { createResolver } from '../../src/stores/resolver.ts';
import type { ResolverOptions } from '../../src/stores/resolver.ts';
import type { Store } from '../../src/stores/store.ts';
import { testIdentity } from '../support/aws-double-session.ts';
import { text } from '../support/store-conformance.ts';
import { testClock } from '../support/test-clock.ts';

const region = 'eu-west-1';
const NEVER = new AbortController().signal;

type Reply = Fetched | LatchkeyError;

function value(content: string): Fetched {
  return { value: new SecretValue(content), version: '1', arn: '', name: content };
}

function parameter(name: string, rest: Partial<Address> = {}): Address {
  return { store: 'ssm', region, name, ...rest };
}

function secret(name: string): Address {
  return { store: 'secretsmanager', region, name };
}

function session(overrides: Partial<Identity> = {}): Session {
  return {
    identity: testIdentity(overrides),
    credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
    forget: () => {},
  };
}

interface Call {
  readonly who: Session;
  readonly names: readonly string[];
  readonly region: string;
}

/** A resolver over stores that answer by `reply` and write down their calls. */
function world(
  reply: (address: Address, who: Session) => Reply | Promise<Reply>,
  options: Partial<ResolverOptions> = {},
) {
  const calls: Call[] = [];
  const store: Store = {
    async read(addresses, who) {
      calls.push({ who, names: addresses.map(({ name }) => name), region: addresses[0]?.region ?? '' });
      return Promise.all(addresses.map(async (address) => reply(address, who)));
    },
    async list(address, who) {
      calls.push({ who, names: [address.name], region: address.region });
      const outcome = await reply(address, who);
      return outcome instanceof LatchkeyError ? outcome : [outcome, outcome];
    },
  };
  const clock = testClock();
  const resolver = createResolver({
    stores: { ssm: store, secretsmanager: store },
    clock,
    cacheTtlMs: 30_000,
    jitter: () => 0.5,
    ...options,
  });
  const ask = (
    addresses: readonly Address[],
    who = session(),
    { failoverRegion, failovers = [], ...rest }: Rest = {},
  ): Promise<Answers> => {
    const items = failovers.map(itemWithFailover);
    const failoverOf = failoversOf({ items, ...(failoverRegion === undefined ? {} : { failoverRegion }) });
    return resolver.resolve(addresses, who, {
      freshAfter: clock.now(),
      signal: NEVER,
      ...rest,
      ...(failoverOf === undefined ? {} : { failoverOf }),
    });
  };
  return { resolver, clock, calls, ask };
}

interface Rest {
  readonly freshAfter?: number;
  readonly failoverRegion?: string;
  /** What is asked, and what is asked instead. */
  readonly failovers?: readonly (readonly [Address, Address])[];
  readonly signal?: AbortSignal;
}

function itemWithFailover([address, failover]: readonly [Address, Address]): Item {
  const place = { label: 'file a', field: '' };
  return { slot: { kind: 'file', path: 'a' }, template: [{ text: '', address, failover }], place };
}

function texts(answers: Answers, addresses: readonly Address[]): readonly string[] {
  return addresses.map((address) => text(answers.one(address)));
}

const away = new LatchkeyError('LK-AWS-AWAY', 'away', 'Wait.');
const denied = new LatchkeyError('LK-DENIED', 'denied', 'Allow it.');
const notFound = new LatchkeyError('LK-NOT-FOUND', 'not found', 'Create it.');

t.test('twelve references of one pod are one call for each store, each address once', async (t) => {
  const { ask, calls } = world(({ name }) => value(name));
  const addresses = [
    ...Array.from({ length: 8 }, (_, i) => parameter(`/p${i}`)),
    ...Array.from({ length: 4 }, (_, i) => secret(`s${i}`)),
  ];

  const answers = await ask([...addresses, ...addresses]);

  t.same(
    texts(answers, addresses),
    addresses.map(({ name }) => name),
  );
  t.same(
    calls.map(({ names }) => names.length).toSorted((a, b) => a - b),
    [4, 8],
  );
});

t.test('a thousand pods of one revision cost what one pod costs', async (t) => {
  const { ask, calls, clock } = world(({ name }) => value(name));
  const arrived = clock.now();

  await Promise.all(
    Array.from({ length: 500 }, () =>
      ask([parameter('/a'), secret('b')], session(), { freshAfter: arrived }),
    ),
  );
  clock.advance(29_000);
  await Promise.all(
    Array.from({ length: 500 }, () =>
      ask([parameter('/a'), secret('b')], session(), { freshAfter: arrived }),
    ),
  );

  t.equal(calls.length, 2);
});

t.test("a revision's first question accepts nothing that was read before it came", async (t) => {
  let content = 'old';
  const { ask, clock } = world(() => value(content));
  await ask([parameter('/a')]);
  content = 'new';
  clock.advance(1);

  t.same(texts(await ask([parameter('/a')]), [parameter('/a')]), ['new']);
});

t.test('a load in flight that began before the question is not joined', async (t) => {
  const gates: ((reply: Reply) => void)[] = [];
  const { ask, clock, calls } = world(() => new Promise((resolve) => gates.push(resolve)));
  const first = ask([parameter('/a')]);
  await turn();
  clock.advance(1);
  const second = ask([parameter('/a')]);
  await turn();
  const third = ask([parameter('/a')]);
  gates[0]?.(value('old'));
  gates[1]?.(value('new'));

  t.same(texts(await first, [parameter('/a')]), ['old']);
  t.same(texts(await second, [parameter('/a')]), ['new']);
  t.same(texts(await third, [parameter('/a')]), ['new']);
  t.equal(calls.length, 2);
});

t.test('B who asks for what A has in the cache is answered by AWS itself', async (t) => {
  const a = session();
  const b = session({ serviceAccount: 'other', serviceAccountUid: 'other-uid' });
  const { ask, calls, clock } = world((_, who) => (who === a ? value('of A') : denied));
  const arrived = clock.now();
  await ask([parameter('/a')], a, { freshAfter: arrived });

  const answers = await ask([parameter('/a')], b, { freshAfter: arrived });

  t.same(texts(answers, [parameter('/a')]), ['LK-DENIED']);
  t.same(
    calls.map(({ who }) => who),
    [a, b],
  );
});

t.test('any difference in any field of identity or address is another key', (t) => {
  const word = fc.constantFrom('', 'a', 'b', 'a","b', '["a"]', 'null', '__proto__', 'a\u0000b');
  const identity: fc.Arbitrary<Identity> = fc
    .record({
      kind: fc.constantFrom(
        'pod' as const,
        'controller' as const,
        'container' as const,
        'store-file' as const,
      ),
      namespace: word,
      serviceAccount: word,
      serviceAccountUid: word,
      audience: word,
      roleChain: fc.array(word, { maxLength: 3 }),
      externalId: fc.option(word, { nil: undefined }),
    })
    .map(({ externalId, ...rest }) => (externalId === undefined ? rest : { ...rest, externalId }));
  const address: fc.Arbitrary<Address> = fc
    .record({
      store: fc.constantFrom('ssm' as const, 'secretsmanager' as const),
      region: word,
      name: word,
      selector: fc.option(word, { nil: undefined }),
      version: fc.option(word, { nil: undefined }),
      stage: fc.option(word, { nil: undefined }),
      below: fc.option(fc.constantFrom('one-level' as const, 'all-levels' as const), { nil: undefined }),
    })
    .map((record) => JSON.parse(JSON.stringify(record)) as Address);
  const key = (who: Identity, what: Address): string => JSON.stringify([identityKey(who), addressKey(what)]);

  fc.assert(
    fc.property(identity, address, identity, address, (who, what, otherWho, otherWhat) => {
      const alike = canonical([who, what]) === canonical([otherWho, otherWhat]);
      return (key(who, what) === key(otherWho, otherWhat)) === alike;
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(identity, address, fc.constantFrom(...FIELDS), (who, what, field) => {
      const [otherWho, otherWhat] = change(field, who, what);
      return key(who, what) !== key(otherWho, otherWhat);
    }),
  );
  t.end();
});

t.test('each field of the identity by itself separates what is cached', async (t) => {
  const base = testIdentity({ externalId: 'one' });
  const { ask, calls, clock } = world(({ name }) => value(name));
  const arrived = clock.now();
  const others: readonly Partial<Identity>[] = [
    {},
    { kind: 'controller' },
    { namespace: 'x' },
    { serviceAccount: 'x' },
    { serviceAccountUid: 'x' },
    { audience: 'x' },
    { roleChain: ['x'] },
    { roleChain: [...base.roleChain, 'x'] },
    { externalId: 'x' },
  ];

  for (const other of others)
    await ask([parameter('/a')], session({ ...base, ...other }), { freshAfter: arrived });

  t.equal(calls.length, others.length);
});

t.test("one caller's abort ends its wait and nobody else's", async (t) => {
  const gates: ((reply: Reply) => void)[] = [];
  const { ask, clock, calls } = world(() => new Promise((resolve) => gates.push(resolve)));
  const leaving = new AbortController();
  const arrived = clock.now();
  const first = ask([parameter('/a')], session(), { freshAfter: arrived, signal: leaving.signal });
  const second = ask([parameter('/a')], session(), { freshAfter: arrived });
  await turn();

  leaving.abort();
  const left = await first;
  gates[0]?.(value('came'));

  t.same(texts(left, [parameter('/a')]), ['LK-TIMEOUT']);
  t.same(texts(await second, [parameter('/a')]), ['came']);
  t.same(texts(left, [parameter('/a')]), ['LK-TIMEOUT'], 'an answer does not change later');
  t.equal(calls.length, 1);
});

t.test('a caller that has left already gets what is cached', async (t) => {
  const { ask, clock } = world(({ name }) => value(name));
  const arrived = clock.now();
  await ask([parameter('/a')], session(), { freshAfter: arrived });

  const answers = await ask([parameter('/a'), parameter('/b')], session(), {
    freshAfter: arrived,
    signal: AbortSignal.abort(),
  });

  t.same(texts(answers, [parameter('/a'), parameter('/b')]), ['/a', 'LK-TIMEOUT']);
});

t.test('when half of the references fail, the others are answered and kept', async (t) => {
  const { ask, calls, clock } = world(({ name }) => (name.includes('bad') ? notFound : value(name)));
  const addresses = [parameter('/a'), parameter('/bad'), secret('b'), secret('bad')];
  const arrived = clock.now();

  const first = await ask(addresses, session(), { freshAfter: arrived });
  clock.advance(3000);
  const second = await ask(addresses, session(), { freshAfter: arrived });

  t.same(texts(first, addresses), ['/a', 'LK-NOT-FOUND', 'b', 'LK-NOT-FOUND']);
  t.same(texts(second, addresses), texts(first, addresses));
  t.same(
    calls.map(({ names }) => names),
    [['/a', '/bad'], ['b', 'bad'], ['/bad'], ['bad']],
  );
});

t.test('a controller that tries again within 3 s costs no call', async (t) => {
  const { ask, calls, clock } = world(() => notFound);
  const arrived = clock.now();
  for (let i = 0; i < 100; i += 1) await ask([parameter('/a')], session(), { freshAfter: arrived });

  t.equal(calls.length, 1);
});

t.test('while AWS is away, calls stop after three failures and resume with one probe', async (t) => {
  let reply: Reply = away;
  const { ask, calls, clock } = world(() => reply);
  const next = async (name: string): Promise<string> => {
    clock.advance(1);
    return texts(await ask([parameter(name)]), [parameter(name)])[0] ?? '';
  };
  for (const name of ['/1', '/2', '/3', '/4', '/5']) t.equal(await next(name), 'LK-AWS-AWAY');
  t.equal(calls.length, 3);

  clock.advance(2000);
  reply = value('back');

  t.equal(await next('/5'), 'back', 'a refusal by the breaker is not kept');
  t.equal(await next('/4'), 'back');
});

t.test(
  'while one call finds out whether AWS is back, nobody waits for it, and its answer is kept',
  async (t) => {
    const probe = Promise.withResolvers<Reply>();
    let reply: Reply | Promise<Reply> = away;
    const { ask, calls, clock } = world(() => reply);
    const arrived = clock.now();
    const review = () => ask([parameter('/a')], session(), { freshAfter: arrived });
    for (let i = 0; i < 3; i += 1) {
      await review();
      clock.advance(3000);
    }
    reply = probe.promise;

    const probing = review();
    const others = await Promise.all(Array.from({ length: 20 }, review));
    const callsDuringProbe = calls.length;
    probe.resolve(value('back'));
    const found = await probing;

    t.same(new Set(others.flatMap((answers) => texts(answers, [parameter('/a')]))), new Set(['LK-AWS-AWAY']));
    t.equal(callsDuringProbe, 4, 'three failures and the probe');
    t.same(texts(found, [parameter('/a')]), ['back']);
    t.same(texts(await review(), [parameter('/a')]), ['back']);
    t.equal(calls.length, 4);
  },
);

t.test('the breaker of one identity, region or store is not that of another', async (t) => {
  const { ask } = world(({ region: where, store }, who) =>
    where === 'eu-west-1' && store === 'ssm' && who.identity.namespace === 'shop' ? away : value('there'),
  );
  for (const name of ['/1', '/2', '/3', '/4']) await ask([parameter(name)]);
  const elsewhere = parameter('/1', { region: 'eu-central-1' });

  t.same(texts(await ask([elsewhere, secret('s')]), [elsewhere, secret('s')]), ['there', 'there']);
  t.same(texts(await ask([parameter('/1')], session({ namespace: 'other' })), [parameter('/1')]), ['there']);
});

t.test('a store that never answers is left when its time is over', async (t) => {
  let aborted = false;
  const store: Store = {
    read: (_addresses, _session, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    },
  };
  const { ask } = world(() => notFound, { stores: { ssm: store, secretsmanager: store }, budgetMs: 10 });

  const answers = await ask([parameter('/a'), secret('b')]);

  t.same(texts(answers, [parameter('/a'), secret('b')]), ['LK-TIMEOUT', 'LK-TIMEOUT']);
  t.ok(aborted);
});

t.test('what a store has already got when its time is over is not lost', async (t) => {
  const store: Store = {
    read: (addresses, _session, signal) =>
      new Promise((resolve) => {
        const timeout = new LatchkeyError('LK-TIMEOUT', 'late');
        signal.addEventListener('abort', () =>
          resolve(addresses.map(({ name }) => (name === 'slow' ? timeout : value(name)))),
        );
      }),
  };
  const { ask } = world(() => notFound, { stores: { ssm: store, secretsmanager: store }, budgetMs: 10 });

  const answers = await ask([secret('fast'), secret('slow')]);

  t.same(texts(answers, [secret('fast'), secret('slow')]), ['fast', 'LK-TIMEOUT']);
});

t.test('a store that throws is a bug without any of its text', async (t) => {
  const store: Store = { read: () => Promise.reject(new Error('hunter2')) };
  const { ask } = world(() => notFound, { stores: { ssm: store, secretsmanager: store } });

  const outcome = (await ask([parameter('/a')])).one(parameter('/a'));

  t.match(outcome, { code: 'LK-INTERNAL', message: /^(?!.*hunter2)/ });
});

t.test('members below a path are one answer, and cached', async (t) => {
  const { ask, calls, clock } = world(({ name }) => value(name));
  const path = parameter('/app', { below: 'all-levels' });
  const arrived = clock.now();
  await ask([path, parameter('/app')], session(), { freshAfter: arrived });

  const members = (await ask([path], session(), { freshAfter: arrived })).many(path);

  t.same(members instanceof LatchkeyError ? [] : members.map(text), ['/app', '/app']);
  t.equal(calls.length, 2);
});

t.test('a store without paths says so', async (t) => {
  const { ask } = world(() => notFound, {
    stores: { ssm: { read: async () => [] }, secretsmanager: { read: async () => [] } },
  });
  const path = parameter('/app', { below: 'all-levels' });

  t.match((await ask([path])).many(path), { code: 'LK-INVALID' });
});

t.test('the second region is asked only where the first gives no definite answer', async (t) => {
  const { ask, calls } = world(({ name, region: where }) => {
    if (where === 'eu-central-1') return value(`${name} there`);
    return name === '/away'
      ? away
      : name === '/absent'
        ? notFound
        : name === '/denied'
          ? denied
          : value(name);
  });
  const addresses = ['/away', '/absent', '/denied', '/here'].map((name) => parameter(name));

  const answers = await ask(addresses, session(), { failoverRegion: 'eu-central-1' });

  t.same(texts(answers, addresses), ['/away there', 'LK-NOT-FOUND', 'LK-DENIED', '/here']);
  t.same(
    calls.map(({ names, region: where }) => [where, ...names]),
    [
      ['eu-west-1', '/away', '/absent', '/denied', '/here'],
      ['eu-central-1', '/away'],
    ],
  );
});

t.test(
  "the second region's no is no answer: the first region's failure stays, so optional values are not left out",
  async (t) => {
    for (const second of [notFound, denied, away]) {
      const { ask } = world(({ region: where }) => (where === region ? away : second));

      const outcome = (await ask([parameter('/a')], session(), { failoverRegion: 'eu-central-1' })).one(
        parameter('/a'),
      );

      t.match(outcome, { code: 'LK-AWS-AWAY', message: 'away; eu-central-1 could not answer either' });
    }
  },
);

t.test('an empty path in the second region is no answer either', async (t) => {
  const store: Store = {
    read: async () => [away],
    list: async (address) => (address.region === region ? away : []),
  };
  const { ask } = world(() => away, { stores: { ssm: store, secretsmanager: store } });
  const path = parameter('/app', { below: 'one-level' });

  t.match((await ask([path], session(), { failoverRegion: 'eu-central-1' })).many(path), {
    code: 'LK-AWS-AWAY',
  });
});

t.test('an ARN moves to the second region with its region part', async (t) => {
  const { ask, calls } = world(({ region: where }) => (where === region ? away : value('there')));
  const arn = secret('arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-1a2b3c');

  await ask([arn], session(), { failoverRegion: 'eu-central-1' });

  t.same(calls[1], {
    ...calls[1],
    region: 'eu-central-1',
    names: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-1a2b3c'],
  });
});

t.test('a reference that names what to ask elsewhere has that asked instead of its own name', async (t) => {
  const { ask, calls } = world(({ region: where, name }) =>
    where === region ? away : value(`${name} there`),
  );
  const [own, other] = [parameter('/a'), parameter('/b')];
  const elsewhere = parameter('/replica/a', { region: 'us-east-1' });

  const answers = await ask([own, other], session(), {
    failoverRegion: 'eu-central-1',
    failovers: [[own, elsewhere]],
  });

  t.same(texts(answers, [own, other]), ['/replica/a there', '/b there']);
  t.same(
    calls.slice(1).map(({ names, region: where }) => [where, ...names]),
    [
      ['us-east-1', '/replica/a'],
      ['eu-central-1', '/b'],
    ],
  );
});

t.test('what is asked elsewhere counts only where the first gave no definite answer', async (t) => {
  const { ask, calls } = world(() => denied);

  const answers = await ask([parameter('/a')], session(), {
    failovers: [[parameter('/a'), parameter('/b', { region: 'us-east-1' })]],
  });

  t.same(texts(answers, [parameter('/a')]), ['LK-DENIED']);
  t.equal(calls.length, 1);
});

t.test('the same region twice is asked once', async (t) => {
  const { ask, calls } = world(() => away);

  await ask([parameter('/a')], session(), { failoverRegion: region });

  t.equal(calls.length, 1);
});

t.test('a dead first region leaves time for the second', async (t) => {
  const store: Store = {
    read: (addresses) =>
      addresses[0]?.region === region
        ? new Promise(() => {})
        : Promise.resolve(addresses.map(() => value('there'))),
  };
  const { ask } = world(() => away, { stores: { ssm: store, secretsmanager: store }, budgetMs: 40 });

  const answers = await ask([parameter('/a')], session(), { failoverRegion: 'eu-central-1' });

  t.same(texts(answers, [parameter('/a')]), ['there']);
});

t.test(
  'the last definite answer is remembered by identity and region, and failures do not move it',
  async (t) => {
    const replies: Reply[] = [denied, away, new LatchkeyError('LK-KUBERNETES', 'no token'), value('x')];
    const { ask, resolver, clock } = world(() => replies.shift() ?? away);
    const who = session();
    const seen: (number | undefined)[] = [resolver.lastDefinite(who.identity, region)];
    const start = clock.now();

    for (let i = 0; i < 4; i += 1) {
      await ask([parameter(`/${i}`)], who);
      seen.push(resolver.lastDefinite(who.identity, region));
      clock.advance(1000);
    }

    t.same(seen, [undefined, start, start, start, start + 3000]);
    t.equal(resolver.lastDefinite(testIdentity({ namespace: 'other' }), region), undefined);
    t.equal(resolver.lastDefinite(who.identity, 'eu-central-1'), undefined);
  },
);

t.test('nothing asked is nothing answered, and an address that was not asked is no crash', async (t) => {
  const { ask, calls } = world(() => away);

  const answers = await ask([]);

  t.match(answers.one(parameter('/a')), { code: 'LK-INTERNAL' });
  t.equal(calls.length, 0);
});

const FIELDS = [
  'kind',
  'namespace',
  'serviceAccount',
  'serviceAccountUid',
  'audience',
  'roleChain',
  'externalId',
  'store',
  'region',
  'name',
  'selector',
  'version',
  'stage',
  'below',
] as const;

function change(field: (typeof FIELDS)[number], who: Identity, what: Address): readonly [Identity, Address] {
  switch (field) {
    case 'kind':
      return [{ ...who, kind: who.kind === 'pod' ? 'controller' : 'pod' }, what];
    case 'roleChain':
      return [{ ...who, roleChain: [...who.roleChain, 'arn'] }, what];
    case 'store':
      return [who, { ...what, store: what.store === 'ssm' ? 'secretsmanager' : 'ssm' }];
    case 'below':
      return [who, { ...what, below: what.below === 'one-level' ? 'all-levels' : 'one-level' }];
    case 'namespace':
    case 'serviceAccount':
    case 'serviceAccountUid':
    case 'audience':
    case 'externalId':
      return [{ ...who, [field]: `${who[field] ?? ''}x` }, what];
    default:
      return [who, { ...what, [field]: `${what[field] ?? ''}x` }];
  }
}

/** JSON with sorted keys: an independent reading of "the same". */
function canonical(thing: unknown): string {
  return JSON.stringify(thing, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : inner,
  );
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
