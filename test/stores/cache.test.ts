import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { createFreshCache } from '../../src/stores/cache.ts';
import type { FreshCacheOptions } from '../../src/stores/cache.ts';
import { testClock } from '../support/test-clock.ts';

const ttlMs = 30_000;

function world(options: Partial<FreshCacheOptions<string>> = {}) {
  const clock = testClock();
  const cache = createFreshCache<string>({ clock, maxEntries: 100, ...options });
  let loads = 0;
  const get = (key: string, freshAfter: number): Promise<string> =>
    cache.get(key, { freshAfter, ttlMs }, async () => {
      loads += 1;
      return `load ${loads}`;
    });
  return { clock, cache, get, loads: () => loads };
}

function fails(error: Error): () => Promise<string> {
  return () => Promise.reject(error);
}

const notFound = new LatchkeyError('LK-NOT-FOUND', 'not found');
const away = new LatchkeyError('LK-AWS-AWAY', 'away');

t.test('what was loaded after the question arrived is reused until the ttl ends', async (t) => {
  const { clock, get } = world();
  const arrived = clock.now();

  const first = await get('a', arrived);
  clock.advance(ttlMs);
  const second = await get('a', arrived);
  clock.advance(1);
  const third = await get('a', arrived);

  t.same([first, second, third], ['load 1', 'load 1', 'load 2']);
});

t.test('what was loaded before the question arrived is never accepted', async (t) => {
  const { clock, get } = world();
  await get('a', clock.now());
  clock.advance(1);

  t.equal(await get('a', clock.now()), 'load 2');
});

t.test('age counts from when a load began, not from when it ended', async (t) => {
  const { clock, cache, get } = world();
  const arrived = clock.now();
  const claim = cache.claim('a', { freshAfter: arrived, ttlMs });
  clock.advance(20_000);
  if (claim.kind === 'yours') claim.settle('slow');
  clock.advance(10_001);

  t.equal(await get('a', arrived), 'load 1');
});

t.test('callers share a load in flight, unless it began before their question', async (t) => {
  const { clock, cache } = world();
  const arrived = clock.now();
  const first = cache.claim('a', { freshAfter: arrived, ttlMs });
  const joined = cache.claim('a', { freshAfter: arrived, ttlMs });
  clock.advance(1);
  const later = cache.claim('a', { freshAfter: clock.now(), ttlMs });

  t.same([first.kind, joined.kind, later.kind], ['yours', 'loading', 'yours']);
  if (later.kind === 'yours') later.settle('new');
  if (first.kind === 'yours') first.settle('old');
  t.equal(await joined.outcome, 'old');
  t.equal(await later.outcome, 'new');
  t.same(
    cache.claim('a', { freshAfter: arrived, ttlMs }),
    { kind: 'kept', outcome: 'new', startedAt: clock.now() },
    'the older does not replace it',
  );
});

t.test('a definite failure answers for 3 s, but not for who asks after it began', async (t) => {
  const { clock, cache, get } = world();
  const arrived = clock.now();
  await t.rejects(cache.get('a', { freshAfter: arrived, ttlMs }, fails(notFound)), notFound);

  clock.advance(2999);
  await t.rejects(get('a', arrived), notFound);
  t.equal(await get('a', clock.now()), 'load 1');
});

t.test('a definite failure is forgotten after 3 s', async (t) => {
  const { clock, cache, get } = world();
  const arrived = clock.now();
  await t.rejects(cache.get('a', { freshAfter: arrived, ttlMs }, fails(notFound)), notFound);
  clock.advance(3000);

  t.equal(await get('a', arrived), 'load 1');
});

t.test('an indefinite failure answers everybody for 3 s', async (t) => {
  const { clock, cache, get, loads } = world();
  await t.rejects(cache.get('a', { freshAfter: clock.now(), ttlMs }, fails(away)), away);

  clock.advance(2999);
  await t.rejects(get('a', clock.now()), away);
  t.equal(loads(), 0);
  clock.advance(1);
  t.equal(await get('a', clock.now()), 'load 1');
});

t.test("a later revision's failure takes nothing away from an earlier one", async (t) => {
  const { clock, cache, get } = world();
  const earlier = clock.now();
  await get('a', earlier);
  clock.advance(10);
  await t.rejects(cache.get('a', { freshAfter: clock.now(), ttlMs }, fails(away)), away);

  t.equal(await get('a', earlier), 'load 1');
});

t.test('a failure that is handed out without being kept is gone', async (t) => {
  const { clock, cache, get } = world();
  const claim = cache.claim('a', { freshAfter: clock.now(), ttlMs });
  const waiting = cache.claim('a', { freshAfter: clock.now(), ttlMs });
  if (claim.kind === 'yours') claim.settle(away, 'forget');

  t.equal(await waiting.outcome, away);
  t.equal(await get('a', clock.now()), 'load 1');
});

t.test('a deleted key is loaded again, and a load under way is not kept', async (t) => {
  const { clock, cache, get } = world();
  const arrived = clock.now();
  await get('a', arrived);
  cache.delete('a');
  const claim = cache.claim('a', { freshAfter: arrived, ttlMs });
  cache.delete('a');
  if (claim.kind === 'yours') claim.settle('of the old credentials');

  t.equal(await get('a', arrived), 'load 2');
});

t.test('a failure that is not ours is kept without its text', async (t) => {
  const { clock, cache } = world();

  const failed = cache.get(
    'a',
    { freshAfter: clock.now(), ttlMs },
    fails(new SyntaxError('"hunter2" is not valid JSON')),
  );

  await t.rejects(failed, { code: 'LK-INTERNAL', message: /^(?!.*hunter2)/, cause: undefined });
});

t.test('what was used least recently goes first', async (t) => {
  const { clock, get, loads } = world({ maxEntries: 2 });
  const arrived = clock.now();
  await get('a', arrived);
  await get('b', arrived);
  await get('a', arrived);
  await get('c', arrived);
  const before = loads();

  await get('a', arrived);
  t.equal(loads(), before, 'a is still there');
  await get('b', arrived);
  t.equal(loads(), before + 1, 'b is gone');
});

t.test('values are bounded by their bytes, and replaced values give theirs back', async (t) => {
  const { clock, cache } = world({ maxBytes: 100, size: (value) => value.length });
  const put = (key: string, bytes: number): Promise<string> =>
    cache.get(key, { freshAfter: clock.now(), ttlMs }, async () => 'x'.repeat(bytes));
  const kept = (key: string): string => {
    const claim = cache.claim(key, { freshAfter: 0, ttlMs });
    if (claim.kind === 'yours') claim.settle(notFound, 'forget');
    return claim.kind;
  };
  for (let i = 0; i < 10; i += 1) {
    await put('a', 60);
    clock.advance(1);
  }
  await put('b', 40);

  t.same([kept('a'), kept('b')], ['kept', 'kept']);
  await put('c', 60);
  t.same([kept('a'), kept('b'), kept('c')], ['yours', 'kept', 'kept']);
});

t.test('values that no one may be answered with any more do not stay in memory', async (t) => {
  let held = 0;
  const { clock, cache, get } = world({ maxBytes: 1e6, size: () => 1 });
  for (let i = 0; i < 50; i += 1) await get(`old ${i}`, clock.now());
  clock.advance(ttlMs + 1);
  await get('new', clock.now());

  for (let i = 0; i < 50; i += 1) {
    const claim = cache.claim(`old ${i}`, { freshAfter: 0, ttlMs: Number.MAX_SAFE_INTEGER });
    if (claim.kind === 'kept') held += 1;
    else if (claim.kind === 'yours') claim.settle(notFound, 'forget');
  }

  t.equal(held, 0);
});
