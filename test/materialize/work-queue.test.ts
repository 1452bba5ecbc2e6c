import t, { type Test } from 'tap';

import { createWorkQueue } from '../../src/materialize/work-queue.ts';
import { turnedTime } from '../support/turned-time.ts';

type Work = (key: string) => Promise<number | undefined>;

function start(t: Test, work: Work = async () => undefined, concurrency = 2, restMs = 0) {
  const { clock, pause, advance } = turnedTime();
  const stop = new AbortController();
  const begun: string[] = [];
  const since: number[] = [];
  const queue = createWorkQueue({
    clock,
    pause,
    concurrency,
    groupOf: (key) => key.split('/')[0] ?? '',
    restMs,
    work: async (key, sinceMs) => {
      begun.push(key);
      since.push(sinceMs);
      return await work(key);
    },
  });
  const done = queue.run(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await done;
  });
  return { queue, advance, begun, since, clock, stop, done };
}

/** Work that goes on until a test ends it. */
function held() {
  const ends: (() => void)[] = [];
  const work: Work = () => new Promise((resolve) => ends.push(() => resolve(undefined)));
  return { work, end: () => ends.shift()?.() };
}

t.test('each key at its time', async (t) => {
  const { queue, advance, begun } = start(t);

  queue.add('later', 1_000);
  queue.add('now');
  await advance(0);
  t.strictSame(begun, ['now']);
  await advance(999);
  t.strictSame(begun, ['now']);
  await advance(1);

  t.strictSame(begun, ['now', 'later']);
});

t.test('so many at a time, and each key once', async (t) => {
  const { work, end } = held();
  const { queue, advance, begun } = start(t, work);

  for (const key of ['a', 'b', 'c']) queue.add(key);
  await advance(0);
  queue.add('a');
  await advance(0);
  t.strictSame(begun, ['a', 'b']);
  end();
  await advance(0);

  t.strictSame(begun, ['a', 'b', 'c']);
  end();
  await advance(0);
  t.strictSame(begun, ['a', 'b', 'c', 'a'], 'what was asked for meanwhile is done once more');
  end();
  end();
  await advance(0);
});

t.test('a group with much to do does not keep others waiting', async (t) => {
  const { work, end } = held();
  const { queue, advance, begun } = start(t, work, 3);
  for (const at of [1, 2, 3, 4, 5]) queue.add(`slow/${String(at)}`);
  await advance(0);
  queue.add('other/1');
  queue.add('third/1');

  for (const _ of [1, 2]) {
    end();
    await advance(0);
  }

  t.strictSame(begun, ['slow/1', 'slow/2', 'slow/3', 'other/1', 'third/1']);
  for (const _ of [1, 2, 3, 4, 5]) {
    end();
    await advance(0);
  }
  t.strictSame(begun.slice(5), ['slow/4', 'slow/5']);
});

t.test('again when the work says so, or earlier when it is added', async (t) => {
  const { queue, advance, begun } = start(t, async () => 60_000);

  queue.add('a');
  await advance(59_999);
  t.equal(begun.length, 1);
  await advance(1);
  t.equal(begun.length, 2);
  queue.add('a', 10_000);
  queue.add('a', 30_000);
  await advance(10_000);

  t.equal(begun.length, 3);
});

t.test('a key rests after it was worked on, however often it is asked for', async (t) => {
  const { work, end } = held();
  const { queue, advance, begun } = start(t, work, 2, 1_000);
  queue.add('a');
  await advance(0);
  queue.add('a');
  end();
  queue.add('b');
  await advance(0);
  queue.add('a');
  await advance(999);
  t.strictSame(begun, ['a', 'b']);

  await advance(1);

  t.strictSame(begun, ['a', 'b', 'a']);
  end();
  end();
  await advance(0);
});

t.test('a key that is removed is not worked on', async (t) => {
  const { queue, advance, begun } = start(t);

  queue.add('a', 1_000);
  queue.remove('a');
  await advance(2_000);

  t.strictSame(begun, []);
});

t.test('nothing older counts than when it was last asked for', async (t) => {
  const { work, end } = held();
  const { queue, advance, since, clock } = start(t, work, 1);
  queue.add('first');
  queue.add('waits');
  await advance(5_000);
  queue.add('waits');
  const asked = clock.now();
  await advance(5_000);

  end();
  await advance(0);

  t.equal(since[1], asked);
  end();
  await advance(0);
});

t.test('when it ends, work that has begun is waited for, and nothing more begins', async (t) => {
  const { work, end } = held();
  const { queue, advance, begun, stop, done } = start(t, work, 1);
  queue.add('a');
  queue.add('b');
  await advance(0);
  let isOver = false;
  void done.then(() => (isOver = true));

  stop.abort();
  await advance(0);
  t.equal(isOver, false);
  end();
  await done;

  t.strictSame(begun, ['a']);
});
