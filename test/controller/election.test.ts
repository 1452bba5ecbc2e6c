import t from 'tap';
import { leadWhenElected, type ElectionOptions } from '../../src/controller/election.ts';
import { LEASE_TIMES } from '../../src/controller/lease.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { LeaseRecord, StoredLease } from '../../src/kubernetes/controller-api.ts';
import { logLines } from '../support/log-lines.ts';
import { turnedTime, type TurnedTime } from '../support/turned-time.ts';

type Api = ElectionOptions['api'];

/** One Lease in memory, with the API server's compare-and-swap. */
function leaseServer(time: TurnedTime) {
  let stored: StoredLease | undefined;
  let version = 0;
  const write = (record: LeaseRecord): StoredLease => {
    version += 1;
    const at = { namespace: 'latchkey', name: 'lease', resourceVersion: String(version) };
    stored = { ...record, ...at, ownerReferences: [] };
    return stored;
  };
  const server = {
    isDown: false,
    hangs: false,
    get: () => stored,
    write,
    remove: () => {
      stored = undefined;
    },
  };
  const answer = async <T>(signal: AbortSignal, give: () => T): Promise<T> => {
    signal.throwIfAborted();
    // As our transport has it: no answer within 10 s is none.
    const isHanging = server.hangs;
    if (isHanging) await time.pause(10_000, signal);
    if (server.isDown || isHanging) throw new LatchkeyError('LK-KUBERNETES', 'away');
    return give();
  };
  const api: Api = {
    lease: (_namespace, _name, signal) => answer(signal, () => stored),
    createLease: (_at, record, signal) =>
      answer(signal, () => (stored === undefined ? write(record) : undefined)),
    updateLease: (lease, record, signal) =>
      answer(signal, () => (stored?.resourceVersion === lease.resourceVersion ? write(record) : undefined)),
  };
  return { api, server };
}

/** A replica that writes down when it leads. */
function replica(identity: string, api: Api, time: TurnedTime) {
  const stop = new AbortController();
  const state = { leads: false, terms: 0 };
  const { log, messages } = logLines();
  const lead = async (signal: AbortSignal): Promise<void> => {
    state.leads = true;
    state.terms += 1;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    state.leads = false;
  };
  const common = { api, namespace: 'latchkey', lease: 'lease', times: LEASE_TIMES, log };
  const done = leadWhenElected({ ...common, ...time, identity, lead }, stop.signal);
  return { state, messages, done, stop: () => stop.abort('SIGTERM') };
}

t.test('the first replica makes the Lease and leads, the second waits', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const first = replica('a', api, time);
  await time.advance(0);
  const second = replica('b', api, time);
  await time.advance(120_000);

  t.ok(first.state.leads);
  t.equal(first.state.terms, 1, 'it renews all the time');
  t.equal(second.state.terms, 0);
  t.match(server.get(), { holder: 'a', transitions: 0 });

  first.stop();
  second.stop();
  await Promise.all([first.done, second.done]);
});

t.test('a replica that ends gives the Lease back, and the next one leads within a retry', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const [first, second] = [replica('a', api, time), replica('b', api, time)];
  await time.advance(0);

  first.stop();
  await first.done;
  await time.advance(2_400);

  t.notOk(first.state.leads);
  t.ok(second.state.leads);
  t.match(server.get(), { holder: 'b', transitions: 1 });
  second.stop();
  await second.done;
  t.equal(server.get()?.holder, '');
});

t.test('a replica that dies is followed when its Lease was silent for 15 s', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  server.write({ holder: 'dead', durationSeconds: 15, acquireTime: 'x', renewTime: 'x', transitions: 7 });
  const second = replica('b', api, time);

  await time.advance(14_900);
  t.notOk(second.state.leads);
  await time.advance(2_600);
  t.ok(second.state.leads);
  t.equal(server.get()?.transitions, 8);
  second.stop();
  await second.done;
});

for (const [how, broken] of [
  ['the API server is away', { isDown: true }],
  ['the API server hangs', { hangs: true }],
] as const) {
  t.test(
    `the leader stops within 10 s of its last renewal when ${how}, before anybody else may begin`,
    async (t) => {
      const time = turnedTime();
      const { api, server } = leaseServer(time);
      const leader = replica('a', api, time);
      await time.advance(30_000);
      Object.assign(server, broken);

      await time.advance(7_000);
      t.ok(leader.state.leads, 'a short outage changes nothing');
      await time.advance(3_000);
      t.notOk(leader.state.leads);

      Object.assign(server, { isDown: false, hangs: false });
      await time.advance(13_000);
      t.equal(leader.state.terms, 2, 'it leads again when it can');
      leader.stop();
      await leader.done;
    },
  );
}

t.test('the leader stops at its next renewal when somebody else holds the Lease', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const leader = replica('a', api, time);
  await time.advance(0);
  server.write({ holder: 'x', durationSeconds: 15, acquireTime: 'x', renewTime: 'x', transitions: 1 });

  await time.advance(2_400);

  t.notOk(leader.state.leads);
  t.equal(server.get()?.holder, 'x', 'and does not give back what is not its own');
  leader.stop();
  await leader.done;
  t.equal(server.get()?.holder, 'x');
});

t.test('somebody who only labels the Lease does not end a term', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const leader = replica('a', api, time);
  await time.advance(0);
  const held = server.get();
  if (held !== undefined) server.write(held);

  await time.advance(60_000);

  t.equal(leader.state.terms, 1);
  t.ok(leader.state.leads);
  leader.stop();
  await leader.done;
});

t.test('a Lease that is deleted is made again by whoever comes first', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const leader = replica('a', api, time);
  await time.advance(0);
  server.remove();

  await time.advance(5_000);

  t.match(server.get(), { holder: 'a' });
  t.equal(leader.state.terms, 2);
  leader.stop();
  await leader.done;
});

t.test('two replicas never lead at the same time, whatever the API server does', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const replicas = ['a', 'b', 'c'].map((identity) => replica(identity, api, time));
  let terms = 0;
  for (let second = 0; second < 600; second += 1) {
    server.isDown = second % 37 > 20;
    await time.advance(1_000);
    if (replicas.filter(({ state }) => state.leads).length > 1)
      t.fail(`two leaders after ${String(second)} s`);
    terms = replicas.reduce((sum, { state }) => sum + state.terms, 0);
  }

  t.ok(terms > 3, 'leadership changed');
  for (const { stop } of replicas) stop();
  await Promise.all(replicas.map(({ done }) => done));
});

t.test('a bug in what the leader does ends it, and frees the Lease', async (t) => {
  const time = turnedTime();
  const { api, server } = leaseServer(time);
  const { log } = logLines();
  const lead = (): Promise<void> => Promise.reject(new TypeError('a bug'));
  const common = { api, namespace: 'latchkey', lease: 'lease', times: LEASE_TIMES, log, identity: 'a', lead };

  await t.rejects(leadWhenElected({ ...common, ...time }, new AbortController().signal), TypeError);

  t.equal(server.get()?.holder, '');
});
