import t, { type Test } from 'tap';
import { sweepOut } from '../../src/controller/sweep-out.ts';
import { createControllerApi } from '../../src/kubernetes/create-controller-api.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { logLines } from '../support/log-lines.ts';
import { addPod, addSecret, KEY } from '../support/managed-secrets.ts';
import { testClock } from '../support/test-clock.ts';

async function setUp(t: Test) {
  const clock = testClock();
  const double = await startKubernetesDouble({ now: () => clock.wall() });
  t.teardown(() => double.close());
  double.addNamespace('shop');
  const paused: (() => void)[] = [];
  const stop = new AbortController();
  const run = () =>
    sweepOut(
      {
        api: createControllerApi({ kubeconfig: double.controllerKubeconfig, clock }),
        namespaces: undefined,
        excluded: [],
        clock,
        pause: async (ms) => {
          clock.advance(ms);
          paused.shift()?.();
        },
        cacheTtlMs: 30_000,
        log: logLines().log,
        metrics: createControllerMetrics({ processMetrics: false }),
      },
      KEY,
      stop.signal,
    );
  const names = () => double.secrets('shop').map(({ metadata }) => metadata.name);
  return { double, clock, run, names, stop, onPause: (action: () => void) => paused.push(action) };
}

t.test('what no pod needs goes however new it is, what pods need stays and is told', async (t) => {
  const { double, clock, run, names } = await setUp(t);
  addSecret(double, 'old');
  clock.advance(60_000);
  const used = addSecret(double, 'used');
  addSecret(double, 'new');
  addPod(double, 'p', used);

  const { needed, left } = await run();

  t.same(names(), [used]);
  t.same(
    needed.map(({ name }) => name),
    [used],
  );
  t.same(left, []);
});

t.test('a pod that was on its way finds its Secret, which counts as needed', async (t) => {
  const { double, clock, run, names, onPause } = await setUp(t);
  const name = addSecret(double, 'app');
  clock.advance(60_000);
  // The first pause is before the sweep.
  onPause(() => {});
  onPause(() => addPod(double, 'p', name));

  const { needed } = await run();

  t.same(names(), [name]);
  t.equal(needed.length, 1);
});

t.test('nothing to do takes one look', async (t) => {
  const { double, run } = await setUp(t);
  const used = addSecret(double, 'used');
  addPod(double, 'p', used);

  await run();

  t.equal(double.calls('DELETE'), 0);
});

t.test('what cannot be removed is told in the end', async (t) => {
  const { double, clock, run } = await setUp(t);
  const name = addSecret(double, 'app');
  clock.advance(60_000);
  for (let count = 0; count < 20; count += 1) double.before('DELETE', () => addSecret(double, 'app'));

  const { needed, left } = await run();

  t.same(needed, []);
  t.same(
    left.map((head) => head.name),
    [name],
  );
});

t.test('many go in one batch, so that nobody waits a minute for each 200', async (t) => {
  const { double, clock, run, names } = await setUp(t);
  for (let index = 0; index < 250; index += 1) addSecret(double, `app-${String(index)}`);
  clock.advance(60_000);
  const before = clock.now();

  await run();

  t.same(names(), []);
  t.ok(clock.now() - before < 100_000, 'one watch of 67 s, by the clock of the test');
});
