// The Event beside a refusal: on the workload that people look at, bounded in size and number, and never on a forger's word.

import t from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import { eventually } from '../support/eventually.ts';
import { podOf, startInstallation } from '../support/installation.ts';

const WISH = { 'latchkey.dev/env.A': 'ssm:/gone' };

t.test('a refusal leaves one Event, on the Deployment behind the ReplicaSet', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app', uid: 'uid-of-app' };
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1', {
    rest: { metadata: { ownerReferences: [{ ...deployment, controller: true }] } },
  });
  const events = () => shop.kubernetes.events('shop');

  const answers: AdmissionAnswer[] = [];
  for (let n = 0; n < 5; n += 1) answers.push(await shop.review(podOf({ owner, annotations: WISH })));
  await eventually(() => events().length > 0, 'an Event');

  t.same(new Set(answers.map(({ allowed }) => allowed)), new Set([false]));
  t.equal(events().length, 1);
  t.match(events(), [
    { type: 'Warning', reason: 'SecretsRefused', involvedObject: { ...deployment, namespace: 'shop' } },
  ]);
  t.equal(events()[0]?.['message'], answers[0]?.status?.message);
});

t.test('where no controller stands behind the owner, the owner gets it', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');

  await shop.review(podOf({ owner, annotations: { ...WISH, 'latchkey.dev/x': 'x' } }));
  await eventually(() => shop.kubernetes.events('shop').length > 0, 'an Event');

  t.match(shop.kubernetes.events('shop'), [{ involvedObject: { kind: 'ReplicaSet', name: 'app-1' } }]);
});

t.test('an Event has at most 1 KiB, whatever the characters', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const many = Array.from({ length: 30 }, (_, n) => [
    `latchkey.dev/env.V${n}`,
    `ssm:/gone#${'鍵'.repeat(100)}`,
  ]);

  await shop.review(podOf({ owner, annotations: Object.fromEntries(many) as Record<string, string> }));
  await eventually(() => shop.kubernetes.events('shop').length > 0, 'an Event');

  const message = String(shop.kubernetes.events('shop')[0]?.['message']);
  t.ok(Buffer.byteLength(message) <= 1024, `${Buffer.byteLength(message)} bytes`);
  t.notMatch(message, /\uFFFD/);
});

t.test('an owner that nobody has read gets none', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  const real = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  for (let n = 0; n < 20; n += 1) {
    const owner = { metadata: { name: n % 2 === 0 ? `made-up-${n}` : 'app-1', uid: `uid-${n}` } };
    await shop.review(podOf({ owner, annotations: WISH, hash: `h${n}` }));
  }

  await shop.review(podOf({ owner: real, annotations: WISH }));
  await eventually(() => shop.kubernetes.events('shop').length > 0, 'the one Event');

  t.equal(shop.kubernetes.calls('POST /api/v1/namespaces/shop/events'), 1);
});
