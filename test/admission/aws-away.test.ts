// "AWS away": what already ran can still be scaled and rescheduled; what is new is refused fast and recovers by itself.

import t from 'tap';

import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { eventually } from '../support/eventually.ts';
import { secretNames } from '../support/stored.ts';
import { testClock } from '../support/test-clock.ts';

const ANNOTATIONS = { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/file.b': 'secretsmanager:b' };

async function running(options: Parameters<typeof startInstallation>[0] = {}) {
  const shop = await startInstallation(options);
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary-a', { region: REGION });
  shop.aws.secrets.put('b', 'canary-b', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: ANNOTATIONS });
  const first = await shop.review(pod);
  const stored = applied(pod, first);
  const metadata = { ...(stored['metadata'] as object), name: 'app-1-abcde' };
  shop.kubernetes.addPod('shop', { ...stored, metadata });
  return { shop, owner, pod, first, stored };
}

function reasons(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

for (const kind of ['throttle', 'server-error', 'close', 'close-mid-answer'] as const) {
  t.test(`a scale-up works while AWS answers with ${kind}: the sibling's Secret serves`, async (t) => {
    const clock = testClock();
    const { shop, pod, stored } = await running({ clock });
    t.teardown(() => shop.close());
    clock.advance(60_000);
    shop.aws.fault({}, { kind });

    const answer = await shop.review(pod);

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.match((answer.warnings ?? []).join(' '), /AWS is away/);
    t.same(secretNames(applied(pod, answer)), secretNames(stored));
    await eventually(() => shop.kubernetes.events('shop').length === 1, 'an Event on the ReplicaSet');
    t.match(shop.kubernetes.events('shop'), [{ reason: 'SecretsStale' }]);
    t.match(await shop.written(), /latchkey_stale_deliveries_total 1/);
    t.notMatch(await shop.written(), /canary/);
  });
}

t.test(
  'a new revision is refused while AWS is away, soon without any call, and recovers by itself',
  async (t) => {
    const clock = testClock();
    const { shop } = await running({ clock });
    t.teardown(() => shop.close());
    const next = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-2');
    const pod = podOf({ owner: next, annotations: ANNOTATIONS, hash: 'two' });
    const lift = shop.aws.fault({}, { kind: 'server-error' });
    clock.advance(60_000);

    const first = await shop.review(pod);
    for (let n = 0; n < 5; n += 1) {
      clock.advance(4_000);
      await shop.review(pod);
    }
    shop.aws.forgetCalls();
    const refusals = await Promise.all(Array.from({ length: 20 }, () => shop.review(pod)));
    const callsWhileOpen = shop.aws.count();
    lift();
    clock.advance(120_000);
    const recovered = await shop.review(pod);

    t.equal(first.allowed, false);
    t.same(new Set(reasons(first)), new Set(['LK-AWS-AWAY']));
    t.match(first.status?.message, /recovers by itself/);
    t.equal(refusals.filter(({ allowed }) => allowed).length, 0);
    t.equal(callsWhileOpen, 0, 'the breaker is open');
    t.equal(recovered.allowed, true, recovered.status?.message ?? '');
  },
);

t.test('a definite no is never answered with old values', async (t) => {
  const clock = testClock();
  const { shop, pod } = await running({ clock });
  t.teardown(() => shop.close());
  clock.advance(60_000);
  shop.aws.ssm.delete('/a', REGION);

  const gone = await shop.review(pod);

  t.equal(gone.allowed, false);
  t.same(reasons(gone), ['LK-NOT-FOUND']);
});

t.test('after --max-stale old values serve no more', async (t) => {
  const clock = testClock();
  const { shop, pod } = await running({ clock, flags: ['--max-stale', '1h'] });
  t.teardown(() => shop.close());
  shop.aws.fault({}, { kind: 'server-error' });
  clock.advance(3_500_000);
  const within = await shop.review(pod);
  clock.advance(600_000);

  const after = await shop.review(pod);

  t.equal(within.allowed, true, within.status?.message ?? '');
  t.equal(after.allowed, false);
});

t.test(
  "another service account's or plan's Secret is no sibling's, nor is one that somebody made up",
  async (t) => {
    const clock = testClock();
    const { shop, owner, stored } = await running({ clock });
    t.teardown(() => shop.close());
    shop.account('other');
    shop.aws.fault({}, { kind: 'server-error' });
    clock.advance(60_000);
    const forged = structuredClone(stored) as { metadata: object };
    forged.metadata = { ...forged.metadata, name: 'forged', creationTimestamp: '2030-01-01T00:00:00Z' };
    shop.kubernetes.addPod('shop', forged);

    const other = await shop.review(podOf({ owner, annotations: ANNOTATIONS, serviceAccount: 'other' }));
    const wider = await shop.review(
      podOf({ owner, annotations: { ...ANNOTATIONS, 'latchkey.dev/env.C': 'ssm:/c' } }),
    );

    t.equal(other.allowed, false, 'a service account that never got them');
    t.equal(wider.allowed, false, 'a plan that asks for more');
  },
);

t.test('one dead Deployment does not stop another one', async (t) => {
  const { shop } = await running();
  t.teardown(() => shop.close());
  shop.account('dead');
  shop.aws.fault({ name: '/dead' }, { kind: 'hang' });
  const dead = podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/dead' }, serviceAccount: 'dead' });
  const alive = podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } });

  const held = Promise.all(Array.from({ length: 10 }, () => shop.review(dead)));
  const served = await shop.review(alive);
  const refused = await held;

  t.equal(served.allowed, true, served.status?.message ?? '');
  t.same(new Set(refused.map(({ allowed }) => allowed)), new Set([false]));
  t.match(refused[0]?.status?.message, /LK-TIMEOUT/);
});

t.test(
  'where the API server shows no siblings either, the refusal still says that AWS is away',
  async (t) => {
    const clock = testClock();
    const { shop, pod } = await running({ clock });
    t.teardown(() => shop.close());
    clock.advance(60_000);
    shop.aws.fault({}, { kind: 'server-error' });
    shop.kubernetes.fault('GET /api/v1/namespaces/shop/pods', { kind: 'answer', status: 500, body: {} });

    const answer = await shop.review(pod);

    t.equal(answer.allowed, false);
    t.same(new Set(reasons(answer)), new Set(['LK-AWS-AWAY']));
  },
);

t.test(
  "an AWS that hangs longer than the API server waits: the sibling's Secret serves in time",
  async (t) => {
    const { shop, pod, stored } = await running({ timeout: '3s', flags: ['--cache-ttl', '0s'] });
    t.teardown(() => shop.close());
    shop.aws.fault({}, { kind: 'hang' });

    const scaled = await shop.review(pod);
    const fresh = await shop.review(podOf({ annotations: ANNOTATIONS }));

    t.equal(scaled.allowed, true, scaled.status?.message ?? '');
    t.same(secretNames(applied(pod, scaled)), secretNames(stored));
    t.equal(fresh.allowed, false);
    t.match(fresh.status?.message, /env A: ssm:\/a: .*\[LK-TIMEOUT\]/, 'and a refusal names what was asked');
  },
);
