// While AWS gives no definite answer: what Latchkey made serves on, for whom it was made.

import t, { type Test } from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import { reads, REGION, startAdoption, userOf } from '../support/adoption.ts';
import { eventually } from '../support/eventually.ts';
import { ACCOUNT, type InstallationOptions } from '../support/installation.ts';
import { testClock } from '../support/test-clock.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

async function running(t: Test, options: InstallationOptions = {}) {
  const clock = testClock();
  const shop = await startAdoption({ ...options, clock });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.account('other');
  shop.aws.ssm.put('/db', 'canary-1', { region: REGION });
  const definition = shop.kes('db');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const first = await shop.review(userOf({ owner, hash: 'one' }));
  t.equal(first.allowed, true, first.status?.message ?? '');
  return { shop, clock, owner, definition };
}

for (const kind of ['throttle', 'server-error', 'close', 'close-mid-answer'] as const) {
  t.test(`what Latchkey made serves while AWS answers with ${kind}`, async (t) => {
    const { shop, clock, owner } = await running(t);
    clock.advance(60_000);
    shop.aws.fault({}, { kind });

    const next = await shop.review(userOf({ owner, hash: 'two' }));

    t.equal(next.allowed, true, next.status?.message ?? '');
    t.match((next.warnings ?? []).join(' '), /AWS is away: Secret "db" is used as it was last made/);
    await eventually(() => shop.kubernetes.events('shop').length === 1, 'an Event on the ReplicaSet');
    t.match(shop.kubernetes.events('shop'), [{ reason: 'SecretsStale' }]);
    t.match(await shop.written(), /latchkey_stale_deliveries_total 1/);
    t.equal(shop.kubernetes.calls('PUT'), 0);
    t.notMatch(await shop.written(), /canary/);
  });
}

t.test('it serves nobody for whom it was not read, and no definition that has changed since', async (t) => {
  const { shop, clock, owner, definition } = await running(t);
  clock.advance(60_000);
  shop.aws.fault({}, { kind: 'server-error' });

  const other = await shop.review(userOf({ owner, hash: 'two', serviceAccount: 'other' }));
  shop.kes('db', { data: [{ key: '/db', name: 'other-key' }] }, definition.metadata.uid);
  const changed = await shop.review(userOf({ owner, hash: 'three' }));

  t.strictSame(codes(other), ['LK-AWS-AWAY']);
  t.strictSame(codes(changed), ['LK-AWS-AWAY']);
});

t.test('nor when somebody has changed what is in it, or has forged its proof', async (t) => {
  const { shop, clock, owner } = await running(t);
  const secret = shop.kubernetes.secrets('shop')[0];
  Object.assign(secret ?? {}, { data: { password: Buffer.from('planted').toString('base64') } });
  const forged = Array.from({ length: 16 }, () => '0'.repeat(32)).join(' ');
  Object.assign(secret?.metadata.annotations ?? {}, { 'latchkey.dev/adopted-for': forged });
  clock.advance(60_000);
  shop.aws.fault({}, { kind: 'server-error' });

  const answer = await shop.review(userOf({ owner, hash: 'two' }));

  t.strictSame(codes(answer), ['LK-AWS-AWAY']);
});

t.test('--max-stale bounds it', async (t) => {
  const { shop, clock, owner } = await running(t, { flags: ['--max-stale', '1h'] });
  shop.aws.fault({}, { kind: 'server-error' });

  clock.advance(59 * 60_000);
  const before = await shop.review(userOf({ owner, hash: 'two' }));
  clock.advance(2 * 60_000);
  const after = await shop.review(userOf({ owner, hash: 'three' }));

  t.equal(before.allowed, true, before.status?.message ?? '');
  t.strictSame(codes(after), ['LK-AWS-AWAY']);
});

t.test('a definite no is a no, whatever is there', async (t) => {
  const { shop, clock, owner } = await running(t);
  const trust = [{ subject: 'system:serviceaccount:shop:app' }];
  shop.aws.role(`arn:aws:iam::${ACCOUNT}:role/app`, { trust, allow: [] });
  clock.advance(60_000);

  const answer = await shop.review(userOf({ owner, hash: 'two' }));

  t.strictSame(codes(answer), ['LK-DENIED']);
  t.strictSame(shop.data('db'), { password: 'canary-1' });
});

t.test('what is new is refused, soon without a call, and recovers by itself', async (t) => {
  const { shop, clock, owner } = await running(t);
  shop.aws.ssm.put('/cache', 'canary', { region: REGION });
  shop.kes('cache');
  const pod = userOf({ owner, hash: 'two', secrets: ['cache'] });
  clock.advance(60_000);
  const lift = shop.aws.fault({}, { kind: 'server-error' });

  for (let n = 0; n < 5; n += 1) {
    const answer = await shop.review(pod);
    t.strictSame(codes(answer), ['LK-AWS-AWAY']);
    clock.advance(4_000);
  }
  shop.aws.forgetCalls();
  await Promise.all(Array.from({ length: 20 }, () => shop.review(pod)));
  const callsWhileOpen = shop.aws.count();
  lift();
  clock.advance(60_000);
  const recovered = await shop.review(pod);

  t.ok(callsWhileOpen <= 8, `${String(callsWhileOpen)} calls: at most one probe with its retries`);
  t.equal(recovered.allowed, true, recovered.status?.message ?? '');
});

t.test('the same holds for a definition of External Secrets Operator', async (t) => {
  const { shop, clock, owner } = await running(t);
  shop.store('aws');
  shop.eso('cache', reads('/db', 'aws'));
  const made = await shop.review(userOf({ owner, hash: 'one', secrets: ['cache'] }));
  clock.advance(60_000);
  shop.aws.fault({}, { kind: 'close' });

  const stale = await shop.review(userOf({ owner, hash: 'two', secrets: ['cache'] }));
  const dryRun = await shop.review(userOf({ owner, hash: 'three', secrets: ['cache'] }), { dryRun: true });

  t.equal(made.allowed, true, made.status?.message ?? '');
  t.equal(stale.allowed, true, stale.status?.message ?? '');
  t.equal(dryRun.allowed, true, 'a dry run decides the same');
});
