// Helm and Argo CD apply kinds that they don't know last: the workload comes first, its definition a moment later.

import t, { type Test } from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import { foreignSecret, reads, REGION, startAdoption, userOf } from '../support/adoption.ts';
import { eventually } from '../support/eventually.ts';
import type { InstallationOptions } from '../support/installation.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

async function installation(t: Test, options: InstallationOptions = {}) {
  const shop = await startAdoption({ ...options, flags: ['--adopt-wait', '5s', ...(options.flags ?? [])] });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  return { shop, owner };
}

/** Until a review has looked for Secret db, and so is about to wait for it. */
async function lookedAt(shop: Awaited<ReturnType<typeof startAdoption>>): Promise<void> {
  await eventually(() => shop.kubernetes.calls('/secrets/db') > 0, 'a look at the Secret');
}

t.test('the first pod of a revision waits for its definition', async (t) => {
  const { shop, owner } = await installation(t);

  const review = shop.review(userOf({ owner }));
  await lookedAt(shop);
  shop.kes('db');
  const answer = await review;

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary' });
});

t.test('it waits for all that is missing, a store that comes last among it', async (t) => {
  const { shop, owner } = await installation(t);

  const review = shop.review(userOf({ owner, secrets: ['db', 'cache'] }));
  await lookedAt(shop);
  shop.kes('db');
  shop.eso('cache', reads('/db', 'aws'));
  await eventually(() => shop.kubernetes.calls('/secretstores/aws') > 0, 'a look at the store');
  shop.store('aws');
  const answer = await review;

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('cache'), { password: 'canary' });
});

t.test('a Secret that somebody else makes meanwhile is enough', async (t) => {
  const { shop, owner } = await installation(t);

  const review = shop.review(userOf({ owner }));
  await lookedAt(shop);
  foreignSecret(shop, 'db');
  const answer = await review;

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'foreign' });
});

t.test('a kind that is installed meanwhile is noticed', async (t) => {
  const { shop, owner } = await installation(t, { served: {} });

  const review = shop.review(userOf({ owner }));
  await lookedAt(shop);
  shop.kubernetes.custom.serve('kubernetes-client.io', 'v1');
  shop.kes('db');
  const answer = await review;

  t.equal(answer.allowed, true, answer.status?.message ?? '');
});

t.test('what never comes is refused, and later pods of that revision at once', async (t) => {
  const { shop, owner } = await installation(t, { flags: ['--adopt-wait', '300ms'] });

  const first = await shop.review(userOf({ owner }));
  shop.kubernetes.resetCalls();
  const later = await Promise.all(Array.from({ length: 5 }, () => shop.review(userOf({ owner }))));

  t.strictSame(codes(first), ['LK-NO-DEFINITION']);
  for (const answer of later) t.strictSame(codes(answer), ['LK-NO-DEFINITION']);
  t.equal(shop.kubernetes.calls('/secrets/db'), 0, 'the refusal is remembered for a moment');
});

t.test('the retry that comes after the definition succeeds', async (t) => {
  const { shop, owner } = await installation(t, { flags: ['--adopt-wait', '0s'] });

  const refused = await shop.review(userOf({ owner }));
  shop.kes('db');
  await eventually(async () => (await shop.review(userOf({ owner }))).allowed, 'the pod admitted');

  t.strictSame(codes(refused), ['LK-NO-DEFINITION']);
});

t.test('a dry run waits for nothing', async (t) => {
  const { shop, owner } = await installation(t, { flags: ['--adopt-wait', '5s'], timeout: '30s' });

  const answer = await shop.review(userOf({ owner }), { dryRun: true });
  const calls = shop.kubernetes.calls('/secrets/db');

  t.strictSame(codes(answer), ['LK-NO-DEFINITION']);
  t.equal(calls, 1, 'looked once');
});
