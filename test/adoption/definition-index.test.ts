import t from 'tap';

import { createDefinitionIndex } from '../../src/adoption/definition-index.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { FollowedKind, Follower } from '../../src/kubernetes/adoption-api.ts';
import { testClock } from '../support/test-clock.ts';

const PATIENT = new AbortController().signal;

function start(options: { readonly namespaces?: readonly string[] } = {}) {
  const clock = testClock();
  const parts: { kind: FollowedKind; follower: Follower; woken: number }[] = [];
  const index = createDefinitionIndex({
    clock,
    signal: PATIENT,
    ...options,
    api: {
      follow(kind, follower) {
        const part = { kind, follower, woken: 0 };
        parts.push(part);
        return {
          wake() {
            part.woken += 1;
          },
        };
      },
    },
  });
  const of = (group: string) => {
    const found = parts.find(({ kind }) => kind.group === group);
    if (found === undefined) throw new Error(group);
    return found;
  };
  const kes = of('kubernetes-client.io');
  const eso = of('external-secrets.io');
  // Nobody seals here, but in the tests that say so.
  const sealed = of('bitnami.com');
  list(sealed);
  const ascp = of('secrets-store.csi.x-k8s.io');
  list(ascp);
  return { index, clock, parts, kes, eso, sealed, ascp };
}

function list({ follower }: { readonly follower: Follower }, ...objects: readonly object[]): void {
  follower.began();
  for (const object of objects) follower.set(object);
  follower.listed('v1');
}

interface Seed {
  readonly uid?: string;
  readonly spec?: object;
  readonly metadata?: object;
  readonly status?: object;
}

function definition(apiVersion: string, name: string, seed: Seed = {}): object {
  const { uid = `uid-${name}`, spec = {}, metadata = {}, status = {} } = seed;
  return {
    apiVersion,
    kind: 'ExternalSecret',
    metadata: { namespace: 'shop', name, uid, ...metadata },
    spec,
    status,
  };
}
function sealedOf(name: string, seed?: Seed): object {
  return { ...definition('bitnami.com/v1alpha1', name, seed), kind: 'SealedSecret' };
}
const kesOf = (name: string, seed?: Seed) => definition('kubernetes-client.io/v1', name, seed);
const esoOf = (name: string, seed?: Seed) => definition('external-secrets.io/v1', name, seed);

async function namesOf({ index }: ReturnType<typeof start>, secret: string): Promise<readonly string[]> {
  const { definitions } = await index.makers('shop', secret, PATIENT);
  return definitions.map(({ kind, name }) => `${kind} ${name}`);
}

t.test('finds definitions by the Secret that they make', async (t) => {
  const started = start();
  list(started.kes, kesOf('db'), kesOf('other'));
  list(
    started.eso,
    esoOf('db'),
    esoOf('named', { spec: { target: { name: 'db' } } }),
    esoOf('not-a-secret', { spec: { target: { name: 'db', manifest: { kind: 'ConfigMap' } } } }),
  );

  list(started.sealed, sealedOf('db'), sealedOf('named'));

  t.strictSame(await namesOf(started, 'db'), ['eso db', 'eso named', 'kes db', 'sealed-secret db']);
  t.strictSame(await namesOf(started, 'named'), ['sealed-secret named']);
  t.strictSame((await started.index.makers('elsewhere', 'db', PATIENT)).definitions, []);
  t.strictSame(
    [...started.index.served('shop')],
    [
      ['kes', 'v1'],
      ['eso', 'v1'],
      ['sealed-secret', 'v1'],
      ['ascp', 'v1'],
    ],
  );
});

t.test('one definition may make several Secrets, and each may change', async (t) => {
  const started = start();
  list(started.kes);
  list(started.eso);
  const classOf = (...names: readonly unknown[]) => ({
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { namespace: 'shop', name: 'class', uid: 'uid' },
    spec: { provider: 'aws', secretObjects: names.map((secretName) => ({ secretName })) },
  });
  const heard: string[] = [];
  for (const name of ['one', 'two', 'three']) started.index.onChange('shop', name, () => heard.push(name));

  list(started.ascp, classOf('one', ' two ', 'two', '', 7));
  const before = await Promise.all(['one', 'two', 'class'].map((name) => namesOf(started, name)));
  const first = heard.splice(0);
  started.ascp.follower.set(classOf('two', 'three'));
  const after = await Promise.all(['one', 'two', 'three'].map((name) => namesOf(started, name)));
  started.ascp.follower.set({
    ...classOf('two'),
    spec: { provider: 'azure', secretObjects: [{ secretName: 'two' }] },
  });

  t.strictSame(before, [['ascp class'], ['ascp class'], []]);
  t.strictSame(first, ['one', 'two']);
  t.strictSame(after, [[], ['ascp class'], ['ascp class']]);
  t.strictSame(new Set(heard), new Set(['one', 'two', 'three']));
  t.strictSame(await namesOf(started, 'two'), [], "another provider's is the driver's business");
});

t.test('a change counts, a new status does not', async (t) => {
  const started = start();
  list(started.kes, kesOf('db', { spec: { data: [1] } }));
  list(started.eso);
  const version = async () => (await started.index.makers('shop', 'db', PATIENT)).version;
  let calls = 0;
  const forget = started.index.onChange('shop', 'db', () => (calls += 1));

  const first = await version();
  started.kes.follower.set(
    kesOf('db', { spec: { data: [1] }, status: { lastSync: 'now' }, metadata: { resourceVersion: '7' } }),
  );
  const sameSpec = await version();
  const unheard = calls;
  started.kes.follower.set(kesOf('db', { spec: { data: [2] } }));
  const otherSpec = await version();
  started.kes.follower.set(kesOf('db', { spec: { data: [2] }, metadata: { labels: { a: 'b' } } }));
  const otherLabels = await version();
  forget();
  const heard = calls;
  started.kes.follower.removed(kesOf('db'));

  t.equal(sameSpec, first);
  t.equal(unheard, 0);
  t.equal(new Set([first, otherSpec, otherLabels]).size, 3);
  t.ok(heard > 0);
  t.equal(calls, heard, 'nobody is called after he was forgotten');
  t.strictSame(await namesOf(started, 'db'), []);
});

t.test('what moves to another Secret, is deleted or is not listed any more makes nothing', async (t) => {
  const started = start();
  list(started.kes, kesOf('gone'), kesOf('stays'));
  list(started.eso, esoOf('moves'), esoOf('dying'));

  started.eso.follower.set(esoOf('moves', { spec: { target: { name: 'new' } } }));
  started.eso.follower.set(esoOf('dying', { metadata: { deletionTimestamp: '2026-11-20T00:00:00Z' } }));
  list(started.kes, kesOf('stays'));

  t.strictSame(await namesOf(started, 'moves'), []);
  t.strictSame(await namesOf(started, 'new'), ['eso moves']);
  t.strictSame(await namesOf(started, 'dying'), []);
  t.strictSame(await namesOf(started, 'gone'), []);
  t.strictSame(await namesOf(started, 'stays'), ['kes stays']);
});

t.test('waits for the first lists, and says why they do not come', async (t) => {
  const started = start();
  const aborter = new AbortController();
  const waiting = started.index.makers('shop', 'db', PATIENT);
  const impatient = started.index.makers('shop', 'db', aborter.signal);

  aborter.abort();
  await t.rejects(impatient, { code: 'LK-KUBERNETES' });
  list(started.kes, kesOf('db'));
  list(started.eso);
  const found = await waiting;

  t.equal(found.definitions.length, 1);
});

t.test('a failure before the first list concerns everybody, one afterwards only when it lasts', async (t) => {
  const started = start();
  const error = new LatchkeyError('LK-KUBERNETES', 'Latchkey may not list');
  list(started.eso);
  const waiting = started.index.makers('shop', 'db', PATIENT);

  started.kes.follower.failed(error);
  await t.rejects(waiting, { message: 'Latchkey may not list' });
  await t.rejects(started.index.makers('shop', 'db', PATIENT), { message: 'Latchkey may not list' });
  list(started.kes, kesOf('db'));
  const recovered = await namesOf(started, 'db');
  started.kes.follower.failed(error);
  const soonAfter = await namesOf(started, 'db');
  started.clock.advance(61_000);
  started.kes.follower.failed(error);

  t.strictSame(recovered, ['kes db']);
  t.strictSame(soonAfter, ['kes db']);
  await t.rejects(started.index.makers('shop', 'db', PATIENT), { message: 'Latchkey may not list' });
});

t.test(
  'a kind that was absent is looked for again when somebody asks, and not more often than now and then',
  async (t) => {
    const started = start();
    started.kes.follower.absent();
    list(started.eso);

    await namesOf(started, 'db');
    await namesOf(started, 'db');
    const soon = started.kes.woken;
    started.clock.advance(10_000);
    const asking = namesOf(started, 'db');
    const later = started.kes.woken;
    list(started.kes, kesOf('db'));

    t.equal(soon, 0);
    t.equal(later, 1);
    t.strictSame(await asking, ['kes db'], 'the answer waits for what is found');
    t.equal(started.eso.woken, 0);
  },
);

t.test('who waits for a kind looks sooner', async (t) => {
  const started = start();
  started.kes.follower.absent();
  list(started.eso);

  started.index.lookAgain();
  started.clock.advance(500);
  started.index.lookAgain();
  started.index.lookAgain();

  t.equal(started.kes.woken, 1);
  t.strictSame(
    [...started.index.served('shop')],
    [
      ['eso', 'v1'],
      ['sealed-secret', 'v1'],
      ['ascp', 'v1'],
    ],
  );
});

t.test('a list of namespaces is followed one by one', async (t) => {
  const started = start({ namespaces: ['shop', 'billing'] });

  t.strictSame(started.parts.map(({ kind }) => `${kind.namespace ?? ''} ${kind.group}`).toSorted(), [
    'billing bitnami.com',
    'billing external-secrets.io',
    'billing kubernetes-client.io',
    'billing secrets-store.csi.x-k8s.io',
    'shop bitnami.com',
    'shop external-secrets.io',
    'shop kubernetes-client.io',
    'shop secrets-store.csi.x-k8s.io',
  ]);
});

t.test('objects that are none are left out', async (t) => {
  const started = start();
  for (const object of [null, 'x', {}, { metadata: null }, { metadata: { name: 'db' } }]) {
    started.kes.follower.set(object);
    started.kes.follower.removed(object);
  }
  list(started.kes);
  list(started.eso, esoOf('db', { spec: { target: 'db' as never } }));

  t.strictSame(await namesOf(started, 'db'), ['eso db'], 'a broken one is still its maker');
});
