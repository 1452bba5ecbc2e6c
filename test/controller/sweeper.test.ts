import t, { type Test } from 'tap';
import { createSweeper } from '../../src/controller/sweeper.ts';
import type { Pause } from '../../src/controller/pause.ts';
import { secretMac } from '../../src/delivery/secret-name.ts';
import { createControllerApi } from '../../src/kubernetes/create-controller-api.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { logLines } from '../support/log-lines.ts';
import { addPod, addSecret, CANARY, KEY, nameOf } from '../support/managed-secrets.ts';
import { testClock } from '../support/test-clock.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Places {
  readonly namespaces?: readonly string[];
  readonly excluded?: readonly string[];
}

async function setUp(t: Test, { namespaces, excluded = [] }: Places = {}) {
  const clock = testClock();
  const double = await startKubernetesDouble({ now: () => clock.wall() });
  t.teardown(() => double.close());
  double.addNamespace('shop');
  double.addNamespace('crm');
  const { log, text } = logLines();
  const metrics = createControllerMetrics({ processMetrics: false });
  const paused: (() => void)[] = [];
  const pause: Pause = async (ms) => {
    clock.advance(ms);
    paused.shift()?.();
  };
  const stop = new AbortController();
  const sweep = createSweeper({
    api: createControllerApi({ kubeconfig: double.controllerKubeconfig, clock }),
    namespaces,
    excluded,
    clock,
    pause,
    afterMs: HOUR,
    cacheTtlMs: 30_000,
    log,
    metrics,
  });
  const round = () => sweep(KEY, stop.signal);
  return {
    double,
    clock,
    text,
    stop,
    round,
    /** Sees it idle, lets the hour pass, and comes again. */
    sweepAfterAnHour: async () => {
      await round();
      clock.advance(HOUR);
      await round();
    },
    /** What happens during the next pause of the sweeper. */
    onPause: (action: () => void) => paused.push(action),
    names: (namespace = 'shop') => double.secrets(namespace).map(({ metadata }) => metadata.name),
    counted: async (outcome: string) =>
      Number(
        new RegExp(`swept_secrets_total\\{outcome="${outcome}"\\} (\\d+)`).exec(
          (await metrics.scrape()).text,
        )?.[1] ?? 0,
      ),
  };
}

t.test('a managed Secret that no pod has needed for an hour goes, one that a pod needs stays', async (t) => {
  const { double, sweepAfterAnHour, names, counted } = await setUp(t);
  const used = addSecret(double, 'used');
  addSecret(double, 'unused');
  addPod(double, 'p', used);

  await sweepAfterAnHour();

  t.same(names(), [used]);
  t.equal(await counted('deleted'), 1);
  t.equal(await counted('restored'), 0);
});

t.test('the hour counts from when we first saw nobody need it, and anew after each need', async (t) => {
  const { double, clock, round, names } = await setUp(t);
  const name = addSecret(double, 'app');
  clock.advance(10 * HOUR);
  await round();
  t.same(names(), [name], 'however old it is');

  clock.advance(59 * MINUTE);
  addPod(double, 'p', name);
  await round();
  double.remove('Pod', 'shop', 'p');
  clock.advance(2 * MINUTE);
  await round();
  clock.advance(59 * MINUTE);
  await round();
  t.same(names(), [name]);

  clock.advance(MINUTE);
  await round();
  t.same(names(), []);
});

t.test('only what carries our label, our form of name and our MAC is touched', async (t) => {
  const { double, sweepAfterAnHour, names } = await setUp(t);
  const otherName = nameOf('other');
  addSecret(double, 'a', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } });
  addSecret(double, 'b', { name: 'latchkey-tls' });
  addSecret(double, 'c', { mac: '' });
  addSecret(double, 'd', { mac: secretMac(Buffer.alloc(32, 4), 'shop', nameOf('d')) });
  addSecret(double, 'e', { mac: secretMac(KEY, 'shop', otherName) });
  addSecret(double, 'f', { mac: secretMac(KEY, 'crm', nameOf('f')) });
  double.resetCalls();

  await sweepAfterAnHour();

  t.equal(names().length, 6);
  t.equal(double.calls('DELETE'), 0);
  t.equal(double.calls(/GET .*secrets\//), 0, 'nor is their content read');
});

t.test('what changed since it was listed is left alone', async (t) => {
  const { double, sweepAfterAnHour, names, counted } = await setUp(t);
  const name = addSecret(double, 'app');
  double.before('DELETE', () => addSecret(double, 'app'));

  await sweepAfterAnHour();

  t.same(names(), [name], 'another Secret of the same name: other uid, other version');
  t.equal(await counted('changed'), 1);
});

t.test('a pod that appears between the look at all pods and the deletion saves its Secret', async (t) => {
  const { double, clock, round, names, counted } = await setUp(t);
  const name = addSecret(double, 'app');
  await round();
  clock.advance(HOUR);
  // Its content is read just before pods are looked at again.
  double.before(/GET .*secrets\/latchkey/, () => addPod(double, 'p', name));

  await round();

  t.same(names(), [name]);
  t.equal(double.calls('DELETE'), 0);
  t.equal(await counted('needed'), 1);
});

t.test(
  'a pod that appears between the last look and the deletion gets its Secret back, as it was',
  async (t) => {
    const { double, clock, round, names, counted } = await setUp(t);
    const name = addSecret(double, 'app');
    const before = structuredClone(double.get('Secret', 'shop', name));
    await round();
    clock.advance(HOUR);
    double.before('DELETE', () => addPod(double, 'p', name));

    await round();

    t.same(names(), [name]);
    const after = double.get('Secret', 'shop', name);
    const same = ({ metadata, ...rest }: NonNullable<typeof after>) => {
      const { labels, annotations, ownerReferences } = metadata;
      return { ...rest, labels, annotations, ownerReferences };
    };
    t.ok(before && after);
    if (before && after) t.same(same(after), same(before));
    t.not(after?.metadata.uid, before?.metadata.uid);
    t.equal(await counted('restored'), 1);
  },
);

t.test('so does one that was on its way: its review was told that the Secret exists', async (t) => {
  const { double, clock, round, names, onPause, text } = await setUp(t);
  const name = addSecret(double, 'app');
  await round();
  clock.advance(HOUR);
  onPause(() => {});
  onPause(() => addPod(double, 'late', name));

  await round();

  t.same(names(), [name]);
  t.match(text(), 'put back a swept Secret');
  t.notMatch(text(), CANARY);
  t.notMatch(text(), Buffer.from(CANARY).toString('base64'));
});

t.test('the watch lasts as long as a review, and what the webhook takes for granted', async (t) => {
  const { double, clock, sweepAfterAnHour } = await setUp(t);
  addSecret(double, 'app');
  const before = clock.now();

  await sweepAfterAnHour();

  t.ok(clock.now() - before - HOUR >= 35_000 + 30_000);
});

t.test('a Secret that cannot be put back at once is tried again', async (t) => {
  const { double, clock, round, names } = await setUp(t);
  const name = addSecret(double, 'app');
  await round();
  clock.advance(HOUR);
  double.before('DELETE', () => addPod(double, 'p', name));
  double.fault(/POST .*secrets/, { kind: 'answer', status: 500, body: { kind: 'Status' } }, 12);

  await round();

  t.same(names(), [name]);
});

t.test('one whose answer is lost counts as deleted, and is watched', async (t) => {
  const { double, clock, round, names } = await setUp(t);
  const name = addSecret(double, 'app');
  await round();
  clock.advance(HOUR);
  double.before('DELETE', () => addPod(double, 'p', name));
  double.fault('DELETE', { kind: 'cut' });

  await t.rejects(round(), { code: 'LK-KUBERNETES' });

  t.same(names(), [name], 'put back for the pod that needs it');
});

t.test('a leader that stops in the middle puts everything back', async (t) => {
  const { double, clock, round, names, stop, onPause } = await setUp(t);
  const swept = [addSecret(double, 'a'), addSecret(double, 'b', { namespace: 'crm' })];
  await round();
  clock.advance(HOUR);
  onPause(() => {
    t.same([...names(), ...names('crm')], [], 'both are gone');
    stop.abort('SIGTERM');
  });

  await round();

  t.same([...names(), ...names('crm')], swept);
});

t.test('a leader that stops between two deletions puts back the first and leaves the second', async (t) => {
  const { double, clock, round, names, stop } = await setUp(t);
  const both = [addSecret(double, 'a'), addSecret(double, 'b')];
  await round();
  clock.advance(HOUR);
  let deletions = 0;
  for (const _ of both) {
    double.before('DELETE', () => {
      deletions += 1;
      if (deletions === 2) stop.abort('SIGTERM');
    });
  }

  await round().catch(() => {});

  t.same(names(), both);
});

t.test('a young Secret waits for its pod, however short the time is', async (t) => {
  const clock = testClock();
  const double = await startKubernetesDouble({ now: () => clock.wall() });
  t.teardown(() => double.close());
  double.addNamespace('shop');
  const { log } = logLines();
  const metrics = createControllerMetrics({ processMetrics: false });
  const pause: Pause = async (ms) => clock.advance(ms);
  const api = createControllerApi({ kubeconfig: double.controllerKubeconfig, clock });
  const common = { api, namespaces: undefined, excluded: [], clock, pause, log, metrics };
  const sweep = createSweeper({ ...common, afterMs: 1, cacheTtlMs: 0 });
  const signal = new AbortController().signal;
  addSecret(double, 'app');
  await sweep(KEY, signal);
  clock.advance(34_000);
  await sweep(KEY, signal);
  t.equal(double.secrets('shop').length, 1);

  clock.advance(4_000);
  await sweep(KEY, signal);

  t.equal(double.secrets('shop').length, 0);
});

t.test('a list that expired in the middle begins anew', async (t) => {
  const { double, sweepAfterAnHour, names } = await setUp(t);
  const used = addSecret(double, 'used');
  addSecret(double, 'unused');
  for (let index = 0; index < 600; index += 1) addPod(double, `p${String(index)}`, used);
  let pages = 0;
  for (let page = 0; page < 2; page += 1) {
    double.before('GET /api/v1/pods', () => {
      pages += 1;
      const expired = { kind: 'Status', reason: 'Expired', code: 410 };
      if (pages === 2) double.fault('GET /api/v1/pods', { kind: 'answer', status: 410, body: expired }, 1);
    });
  }

  await sweepAfterAnHour();

  t.same(names(), [used]);
  t.ok(double.calls('GET /api/v1/pods') >= 7, 'three pages twice, and what came before the expiry');
});

t.test('only the namespaces that are named are looked at', async (t) => {
  const { double, sweepAfterAnHour, names } = await setUp(t, { namespaces: ['crm'] });
  addSecret(double, 'a');
  addSecret(double, 'b', { namespace: 'crm' });

  await sweepAfterAnHour();

  t.equal(names().length, 1);
  t.equal(names('crm').length, 0);
  t.equal(double.calls(/GET \/api\/v1\/(pods|secrets)/), 0, 'nothing is listed cluster-wide');
});

t.test('where nothing is delivered nothing is deleted: it could not be put back', async (t) => {
  const { double, sweepAfterAnHour, names } = await setUp(t, { excluded: ['kube-system', 'crm'] });
  double.addNamespace('kube-system');
  addSecret(double, 'a');
  const kept = ['kube-system', 'crm'].map((namespace) => addSecret(double, 'b', { namespace }));

  await sweepAfterAnHour();

  t.same([...names('kube-system'), ...names('crm')], kept);
  t.same(names(), []);
  t.equal(double.calls(/\/namespaces\/(kube-system|crm)\//), 0, 'nor is anything asked about them');
});

t.test('when pods cannot be listed nothing is deleted', async (t) => {
  const { double, clock, round, names } = await setUp(t);
  const name = addSecret(double, 'app');
  await round();
  clock.advance(HOUR);
  double.fault('GET /api/v1/namespaces/shop/pods', {
    kind: 'answer',
    status: 403,
    body: { kind: 'Status', message: 'pods is forbidden: User "x" cannot list' },
  });

  await t.rejects(round(), { message: 'Latchkey may not list pods in namespace "shop" (403)' });

  t.same(names(), [name]);
});

t.test('many Secrets go in batches, each with a look of its own', async (t) => {
  const { double, sweepAfterAnHour, names } = await setUp(t);
  for (let index = 0; index < 450; index += 1) addSecret(double, `app-${String(index)}`);
  double.resetCalls();

  await sweepAfterAnHour();

  t.equal(names().length, 0);
  t.equal(double.calls('DELETE'), 450);
});
