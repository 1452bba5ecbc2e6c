import t from 'tap';

import { createBreaker } from '../../src/stores/breaker.ts';
import type { Admission, BreakerOptions, Ending } from '../../src/stores/breaker.ts';
import { testClock } from '../support/test-clock.ts';

const timeout: Ending = { failed: 'LK-TIMEOUT' };

function world(options: Partial<BreakerOptions> = {}) {
  const clock = testClock();
  const breaker = createBreaker({
    clock,
    jitter: () => 0.5,
    threshold: 3,
    openMs: 2000,
    maxOpenMs: 8000,
    ...options,
  });
  const call = (key: string, ending: Ending): Admission => {
    const admission = breaker.enter(key);
    if (admission.kind === 'go') admission.end(ending);
    return admission;
  };
  return { clock, breaker, call };
}

function fail(call: (key: string, ending: Ending) => Admission, times: number): void {
  for (let i = 0; i < times; i += 1) call('a', timeout);
}

t.test('it opens after three failures in a row and then refuses with the last code', (t) => {
  const { breaker, call } = world();

  fail(call, 2);
  t.equal(breaker.enter('a').kind, 'go');
  call('a', { failed: 'LK-THROTTLED' });

  t.match(breaker.enter('a'), { kind: 'refused', code: 'LK-THROTTLED', waitMs: 2000 });
  t.end();
});

t.test('an answer in between starts the count anew', (t) => {
  const { call } = world();

  fail(call, 2);
  call('a', 'answered');
  fail(call, 2);

  t.equal(call('a', 'answered').kind, 'go');
  t.end();
});

t.test('failures of our own do not count', (t) => {
  const { call } = world();

  for (let i = 0; i < 10; i += 1) call('a', 'unknown');

  t.equal(call('a', 'answered').kind, 'go');
  t.end();
});

t.test('one key never opens another', (t) => {
  const { breaker, call } = world();

  fail(call, 3);

  t.equal(breaker.enter('b').kind, 'go');
  t.end();
});

t.test('after its time one probe goes, and its answer closes it', (t) => {
  const { clock, breaker, call } = world();
  fail(call, 3);
  clock.advance(2000);

  const probe = breaker.enter('a');
  t.equal(probe.kind, 'go');
  t.equal(breaker.enter('a').kind, 'refused', 'one at a time');
  if (probe.kind === 'go') probe.end('answered');

  t.equal(breaker.enter('a').kind, 'go');
  t.equal(breaker.enter('a').kind, 'go');
  t.end();
});

t.test('each failed probe doubles the time, up to a bound', (t) => {
  const { clock, breaker, call } = world();
  fail(call, 3);
  const waits: number[] = [];

  for (let i = 0; i < 4; i += 1) {
    const refused = breaker.enter('a');
    if (refused.kind === 'refused') {
      waits.push(refused.waitMs);
      clock.advance(refused.waitMs);
    }
    call('a', timeout);
  }

  t.same(waits, [2000, 4000, 8000, 8000]);
  t.end();
});

t.test('a probe that says nothing about AWS lets the next one go', (t) => {
  const { clock, breaker, call } = world();
  fail(call, 3);
  clock.advance(2000);

  call('a', 'unknown');

  t.equal(breaker.enter('a').kind, 'go');
  t.end();
});

t.test('calls that began before it opened do not lengthen its time', (t) => {
  const { breaker } = world();
  const started = Array.from({ length: 20 }, () => breaker.enter('a'));

  for (const admission of started) if (admission.kind === 'go') admission.end(timeout);

  t.match(breaker.enter('a'), { kind: 'refused', waitMs: 2000 });
  t.end();
});

t.test('jitter spreads the time by a quarter either way', (t) => {
  const waits = [0, 0.999].map((x) => {
    const { breaker, call } = world({ jitter: () => x });
    fail(call, 3);
    const refused = breaker.enter('a');
    return refused.kind === 'refused' ? Math.round(refused.waitMs) : 0;
  });

  t.same(waits, [1500, 2499]);
  t.end();
});

t.test('what it remembers is bounded', (t) => {
  const { breaker, call } = world({ maxEntries: 2 });
  fail(call, 3);
  call('b', timeout);
  call('c', timeout);

  t.equal(breaker.enter('a').kind, 'go');
  t.end();
});
