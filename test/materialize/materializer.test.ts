// Which definitions are carried out without pods, and when; what carries them out is played.

import t, { type Test } from 'tap';

import type { Completed } from '../../src/adoption/complete-secret.ts';
import { LatchkeyError } from '../../src/errors.ts';
import { createMaterializer, type MaterializerOptions } from '../../src/materialize/materializer.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createFollowed } from '../support/followed.ts';
import { turnedTime } from '../support/turned-time.ts';

const HOUR = 3_600_000;
const MARK = { 'latchkey.dev/materialize': 'true' };
const FAILS = new LatchkeyError('LK-DENIED', 'denied');

type Outcome = Completed['outcome'] | 'not-wanted' | LatchkeyError;

async function start(t: Test, options: Partial<MaterializerOptions> = {}) {
  const followed = createFollowed();
  const { clock, pause, advance } = turnedTime();
  const stop = new AbortController();
  const kept: string[] = [];
  const told: string[] = [];
  const counts: number[] = [];
  const lines: string[] = [];
  let outcome: (name: string) => Outcome = () => 'unchanged';
  const materializer = createMaterializer(
    {
      api: followed.api,
      kubernetes: { namespace: async () => undefined },
      namespaces: undefined,
      excluded: ['kube-system'],
      everyMs: HOUR,
      keeperOf: () => async (candidate) => {
        const { name } = candidate.definition;
        kept.push(name);
        const what = outcome(name);
        if (what instanceof LatchkeyError) throw what;
        return what === 'not-wanted' ? what : { outcome: what, warnings: [] };
      },
      tell: {
        kept: ({ definition }, completed) => told.push(`${definition.name} ${completed.outcome}`),
        failed: ({ definition }) => told.push(`${definition.name} failed`),
        forget: ({ definition }) => told.push(`${definition.name} forgotten`),
      },
      clock,
      pause,
      log: createLog('warn', { write: (line) => lines.push(line) }),
      metrics: { toMaterialize: (count) => counts.push(count) },
      jitter: () => 0.5,
      ...options,
    },
    stop.signal,
  );
  const running = materializer.run();
  t.teardown(async () => {
    stop.abort();
    await running;
  });
  const of = {
    kes: followed.of('externalsecrets', 'kubernetes-client.io'),
    eso: followed.of('externalsecrets', 'external-secrets.io'),
    sealed: followed.of('sealedsecrets'),
    namespaces: followed.of('namespaces'),
    stores: followed.of('secretstores'),
    clusterStores: followed.of('clustersecretstores'),
    secrets: followed.of('secrets'),
  };
  return {
    ...{ followed, clock, advance, kept, told, counts, lines, materializer },
    ...of,
    outcomes(next: typeof outcome) {
      outcome = next;
    },
    /** The first lists of everything around, empty. */
    async settle(): Promise<void> {
      for (const each of [of.namespaces, of.stores, of.clusterStores, of.secrets]) each.list();
      await advance(0);
    },
    /** What was carried out; a definition rests a second between two times. */
    async round(ms = 1_000): Promise<readonly string[]> {
      await advance(ms);
      return kept.splice(0);
    },
  };
}

interface Seed {
  readonly annotations?: object;
  readonly spec?: object;
  readonly namespace?: string;
  readonly uid?: string;
}

function definition(name: string, seed: Seed = {}): object {
  const { annotations = MARK, spec = {}, namespace = 'shop', uid = `uid-${name}` } = seed;
  return { metadata: { name, namespace, uid, annotations }, spec };
}

function named(name: string, namespace?: string, rest: object = {}): object {
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...rest };
}

t.test('those that are marked, of every kind, and no others', async (t) => {
  const { kes, eso, sealed, settle, round, counts } = await start(t);

  kes.list(definition('a'), definition('plain', { annotations: {} }));
  eso.list(definition('b'));
  sealed.list(definition('c'), definition('system', { namespace: 'kube-system' }));
  await settle();

  t.strictSame((await round()).toSorted(), ['a', 'b', 'c']);
  t.equal(counts.at(-1), 3);
});

t.test('nothing begins before stores and namespaces are known', async (t) => {
  const { eso, settle, round } = await start(t);

  eso.list(definition('a'));
  t.strictSame(await round(), []);
  await settle();

  t.strictSame(await round(), ['a']);
});

t.test('all of a namespace, from when it is marked until it is not', async (t) => {
  const { kes, settle, round, namespaces, told, counts } = await start(t);
  const plain = { annotations: {} };
  kes.list(definition('a', plain), definition('b', { ...plain, namespace: 'other' }));
  await settle();
  t.strictSame(await round(), []);

  namespaces.set(named('shop'));
  t.strictSame(await round(), ['a']);
  kes.set(definition('c', plain));
  t.strictSame(await round(), ['c']);
  namespaces.removed(named('shop'));
  kes.set(definition('a', { ...plain, spec: { data: [] } }));

  t.strictSame(await round(2 * HOUR), []);
  t.ok(told.includes('a forgotten') && told.includes('c forgotten'));
  t.equal(counts.at(-1), 0);
});

t.test('a mark that is set and taken away', async (t) => {
  const { sealed, settle, round } = await start(t);
  sealed.list(definition('a', { annotations: {} }));
  await settle();
  t.strictSame(await round(), []);

  sealed.set(definition('a'));
  t.strictSame(await round(), ['a']);
  sealed.set(definition('a', { annotations: {} }));

  t.strictSame(await round(2 * HOUR), []);
});

t.test('again when the definition changes, and not for its status', async (t) => {
  const { kes, settle, round } = await start(t);
  kes.list(definition('a'));
  await settle();
  await round();

  kes.set({ ...definition('a'), status: { lastSync: 'now' } });
  t.strictSame(await round(), []);
  kes.set(definition('a', { spec: { data: [{ key: '/b', name: 'b' }] } }));

  t.strictSame(await round(), ['a']);
});

t.test('again when one of its stores changes, and for no other store', async (t) => {
  const { eso, settle, round, stores, clusterStores } = await start(t);
  const reads = (name: string, kind: string) => ({ spec: { secretStoreRef: { name, kind } } });
  eso.list(
    definition('a', reads('aws', 'SecretStore')),
    definition('b', reads('aws', 'ClusterSecretStore')),
    definition('c', { ...reads('aws', 'SecretStore'), namespace: 'other' }),
  );
  await settle();
  await round();

  stores.set(named('aws', 'shop', { spec: { provider: 1 } }));
  t.strictSame(await round(), ['a']);
  stores.set(named('aws', 'shop', { spec: { provider: 1 }, status: { conditions: [] } }));
  t.strictSame(await round(), [], 'its status');
  clusterStores.set(named('aws', undefined, { spec: { provider: 1 } }));
  t.strictSame(await round(), ['b']);
  stores.set(named('unused', 'shop', { spec: {} }));

  t.strictSame(await round(), []);
});

t.test('again when its Secret is gone, a moment later', async (t) => {
  const { eso, settle, round, secrets } = await start(t);
  eso.list(definition('a', { spec: { target: { name: 'made' } } }), definition('b'));
  await settle();
  await round();
  secrets.set(named('made', 'shop'));
  secrets.set(named('made', 'other'));

  secrets.removed(named('made', 'other'));
  t.strictSame(await round(5_000), []);
  secrets.removed(named('made', 'shop'));

  t.strictSame(await round(5_000), ['a']);
});

t.test('a Secret that somebody deletes again and again is made ever more seldom', async (t) => {
  const { kes, settle, round, secrets } = await start(t);
  kes.list(definition('a'));
  await settle();
  await round();
  const deleted = async (ms: number): Promise<number> => {
    secrets.set(named('a', 'shop'));
    secrets.removed(named('a', 'shop'));
    return (await round(ms)).length;
  };

  t.equal(await deleted(1_500), 1);
  t.equal(await deleted(1_500), 0);
  t.equal((await round(500)).length, 1, 'after twice as long');
  for (const _ of Array.from({ length: 10 })) await deleted(10 * 60_000);
  t.equal(await deleted(5 * 60_000), 0);
  t.equal((await round(5 * 60_000)).length, 1);
  await round(40 * 60_000);

  t.equal(await deleted(1_500), 1, 'one that stayed is made again at once');
});

t.test('a definition that goes with its Secret is left alone', async (t) => {
  const { kes, settle, round, secrets, told } = await start(t);
  kes.list(definition('a'));
  await settle();
  await round();
  secrets.set(named('a', 'shop'));

  secrets.removed(named('a', 'shop'));
  kes.removed(definition('a'));

  t.strictSame(await round(2 * HOUR), []);
  t.equal(told.at(-1), 'a forgotten');
});

t.test('as often as it says, else as often as the operator says', async (t) => {
  const { kes, eso, settle, round } = await start(t);
  kes.list(definition('hourly'));
  eso.list(
    definition('often', { spec: { refreshInterval: '25m' } }),
    definition('never', { spec: { refreshInterval: '0' } }),
    definition('once', { spec: { refreshPolicy: 'CreatedOnce' } }),
  );
  await settle();
  await round();

  t.strictSame(await round(25 * 60_000), ['often']);
  t.strictSame(await round(35 * 60_000), ['often', 'hourly']);
});

t.test('what fails is tried again, ever more seldom, until it succeeds', async (t) => {
  const { kes, settle, advance, kept, clock, outcomes } = await start(t);
  const times: number[] = [];
  outcomes(() => {
    times.push(clock.now());
    return FAILS;
  });
  kes.list(definition('a'));
  await settle();

  await advance(2 * HOUR);
  const pauses = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000);
  t.strictSame(pauses.slice(0, 11), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]);
  outcomes(() => 'made');
  await advance(600_000);
  kept.splice(0);
  await advance(HOUR - 1_000_000);

  t.strictSame(kept, [], 'from then on in its own time');
});

t.test('a change that comes while it is worked on is not lost', async (t) => {
  let finish: () => void = () => {};
  const slow: string[] = [];
  const { kes, settle, round, told } = await start(t, {
    keeperOf: () => (candidate) => {
      slow.push(candidate.definition.name);
      return new Promise((resolve) => {
        finish = () => resolve({ outcome: 'made', warnings: [] });
      });
    },
  });
  kes.list(definition('a'));
  await settle();

  kes.set(definition('a', { spec: { data: [] } }));
  await round();
  t.strictSame(slow, ['a']);
  finish();
  await round();

  t.strictSame(slow, ['a', 'a']);
  t.notOk(told.includes('a made'), 'what was made of the old one is not told of the new');
  finish();
  await round();
  t.ok(told.includes('a made'));
});

t.test('a new sealing key: what did not open is tried at once, and nothing else', async (t) => {
  const { sealed, kes, settle, round, outcomes, materializer } = await start(t);
  outcomes((name) => (name === 'opens' ? 'unchanged' : FAILS));
  sealed.list(definition('closed'), definition('opens'));
  kes.list(definition('denied'));
  await settle();
  await round();
  await round(500 * 1_000);
  await round();

  materializer.keysChanged();

  t.strictSame(await round(0), ['closed']);
});

t.test('kinds that are installed later are looked for, now and then', async (t) => {
  const { kes, eso, sealed, stores, clusterStores, settle, round } = await start(t);
  for (const each of [kes, eso, sealed]) each.absent();
  await settle();
  stores.absent();

  await round(120_000);
  for (const each of [kes, eso, sealed, stores, clusterStores]) t.ok(each.woken > 0, each.kind.plural);
  sealed.list(definition('a'));

  t.strictSame(await round(), ['a']);
});

t.test('with a list of namespaces nothing of the cluster is asked for', async (t) => {
  const marked = new Set(['shop']);
  const followed = createFollowed();
  const { clock, pause, advance } = turnedTime();
  const stop = new AbortController();
  const kept: string[] = [];
  const materializer = createMaterializer(
    {
      api: followed.api,
      kubernetes: {
        namespace: async (name) => ({
          name,
          uid: name,
          annotations: {},
          labels: marked.has(name) ? { 'latchkey.dev/adoption': 'materialize' } : {},
        }),
      },
      namespaces: ['shop', 'billing'],
      excluded: [],
      everyMs: HOUR,
      keeperOf:
        () =>
        async ({ definition: { name } }) => {
          kept.push(name);
          return { outcome: 'unchanged', warnings: [] };
        },
      tell: { kept: () => {}, failed: () => {}, forget: () => {} },
      ...{ clock, pause, log: createLog('silent', process.stderr) },
      metrics: { toMaterialize: () => {} },
    },
    stop.signal,
  );
  const running = materializer.run();
  for (const each of followed.all) each.list();
  const inBilling = followed.all.find(
    ({ kind }) => kind.plural === 'sealedsecrets' && kind.namespace === 'billing',
  );
  inBilling?.set(definition('a', { annotations: {}, namespace: 'billing' }));
  await advance(0);
  t.strictSame(kept, []);

  marked.add('billing');
  await advance(60_000);
  stop.abort();
  await running;

  t.strictSame(kept, ['a']);
  t.strictSame(
    followed.all.filter(({ kind }) => kind.namespace === undefined),
    [],
  );
});
