import t from 'tap';
import { repeat } from '../../src/controller/repeat.ts';
import { LatchkeyError } from '../../src/errors.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { logLines } from '../support/log-lines.ts';
import { turnedTime } from '../support/turned-time.ts';

t.test(
  'a task that fails is told once, tried again ever more seldom, and told when it works again',
  async (t) => {
    const { clock, pause, advance } = turnedTime();
    const { log, messages, text } = logLines();
    const metrics = createControllerMetrics({ processMetrics: false });
    const stop = new AbortController();
    const at: number[] = [];
    const start = clock.now();
    const round = async (): Promise<void> => {
      at.push((clock.now() - start) / 1000);
      if (at.length === 5) throw new TypeError('canary');
      if (at.length > 1 && at.length < 9) throw new LatchkeyError('LK-KUBERNETES', 'away');
    };
    const done = repeat({ task: 'sweep', round, everyMs: 600_000, pause, clock, log, metrics }, stop.signal);

    await advance(2_000_000);
    stop.abort();
    await done;

    t.same(at.slice(0, 9), [0, 600, 601, 603, 607, 615, 631, 663, 723]);
    t.same(messages(), ['task failed', 'task failed', 'task failed', 'task works again']);
    t.notMatch(text(), 'canary');
    t.match((await metrics.scrape()).text, /rounds_total\{task="sweep",outcome="failed"\} 7/);
  },
);

t.test('nothing begins after the signal, and a round that it ends is no failure', async (t) => {
  const { clock, pause } = turnedTime();
  const { log, messages } = logLines();
  const metrics = createControllerMetrics({ processMetrics: false });
  const stop = new AbortController();
  let rounds = 0;
  const round = async (): Promise<void> => {
    rounds += 1;
    stop.abort();
    throw new Error('aborted');
  };

  await repeat({ task: 'key', round, everyMs: 1000, pause, clock, log, metrics }, stop.signal);

  t.equal(rounds, 1);
  t.same(messages(), []);
});
