import t from 'tap';

import { createWaitingRoom, type Stay } from '../../src/adoption/waiting-room.ts';
import { systemClock } from '../../src/clock.ts';
import { testClock } from '../support/test-clock.ts';

const NEVER = new AbortController().signal;

function stay(options: Partial<Stay> = {}): Stay {
  return {
    onChange: () => () => {},
    look: async () => false,
    until: Number.POSITIVE_INFINITY,
    signal: NEVER,
    ...options,
  };
}

/** A stay that lasts until it is told to leave. */
function guest() {
  const { promise: left, resolve: leave } = Promise.withResolvers<boolean>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const look = (): Promise<boolean> => {
    arrive();
    return left;
  };
  return { stay: stay({ look }), leave: () => leave(true), arrived };
}

t.test('looks when somebody calls back, and leaves when there is nothing left to wait for', async (t) => {
  const room = createWaitingRoom({ clock: systemClock, waitMs: 60_000 });
  let ring = (): void => {};
  let there = false;
  let forgotten = false;
  const waiting = room.wait(
    'a',
    stay({
      onChange(listener) {
        ring = listener;
        return () => {
          forgotten = true;
        };
      },
      look: async () => there,
    }),
  );

  there = true;
  ring();
  await waiting;

  t.ok(forgotten);
});

t.test('looks now and then where nobody calls back', async (t) => {
  const room = createWaitingRoom({ clock: systemClock, waitMs: 60_000 });
  let looks = 0;

  await room.wait('a', stay({ look: async () => (looks += 1) === 3 }));

  t.equal(looks, 3);
});

t.test('every revision waits once; a pod that stands alone always may', async (t) => {
  const room = createWaitingRoom({ clock: systemClock, waitMs: 60_000 });
  const looks: string[] = [];
  const looking = (name: string) => stay({ look: async () => looks.push(name) > 0 });

  await room.wait('a', looking('a'));
  await room.wait('a', looking('a again'));
  await room.wait('b', looking('b'));
  await room.wait(undefined, looking('alone'));
  await room.wait(undefined, looking('alone again'));

  t.strictSame(looks, ['a', 'b', 'alone', 'alone again']);
});

t.test('three wait at once; a fourth goes on at once, and may wait when there is a place', async (t) => {
  const room = createWaitingRoom({ clock: systemClock, waitMs: 60_000 });
  const guests = [guest(), guest(), guest()];
  const waiting = guests.map(({ stay }, index) => room.wait(String(index), stay));
  await Promise.all(guests.map(({ arrived }) => arrived));
  let looked = 0;
  const late = stay({ look: async () => (looked += 1) > 0 });

  await room.wait('late', late);
  const whileFull = looked;
  for (const { leave } of guests) leave();
  await Promise.all(waiting);
  await room.wait('late', late);

  t.equal(whileFull, 0);
  t.equal(looked, 1);
});

t.test('nobody waits beyond --adopt-wait, their own time or their own patience', async (t) => {
  const clock = testClock(0);
  const room = createWaitingRoom({ clock, waitMs: 2_000 });
  const none = createWaitingRoom({ clock, waitMs: 0 });
  const look = async (): Promise<boolean> => {
    clock.advance(1_500);
    return false;
  };
  const aborter = new AbortController();

  await room.wait('a', stay({ look }));
  const spent = clock.now();
  await room.wait('b', stay({ look, until: clock.now() }));
  await none.wait('c', stay({ look }));
  const unspent = clock.now();
  const impatient = room.wait('d', stay({ signal: aborter.signal }));
  aborter.abort();
  await impatient;

  t.equal(spent, 3_000);
  t.equal(unspent, spent);
});

t.test('a place is given back by who fails', async (t) => {
  const room = createWaitingRoom({ clock: systemClock, waitMs: 60_000 });
  const failing = stay({ look: () => Promise.reject(new Error('broken')) });

  for (let n = 0; n < 4; n += 1) await t.rejects(room.wait(String(n), failing), /broken/);
});
