// Whose Secret it is: used, kept up to date, or refused with the name of its owner.

import t, { type Test } from 'tap';

import type { AdmissionAnswer } from '../support/admission-client.ts';
import {
  foreignSecret,
  REGION,
  startAdoption,
  userOf,
  type AdoptionInstallation,
} from '../support/adoption.ts';
import { EXTERNAL_SECRET_KES } from '../support/kubernetes-double-custom.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

async function installation(t: Test): Promise<AdoptionInstallation> {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary', { region: REGION });
  return shop;
}

const KES = { apiVersion: 'kubernetes-client.io/v1', kind: 'ExternalSecret', controller: true };
const ESO = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', controller: true };
const STORE = { secretStoreRef: { name: 'aws' }, dataFrom: [{ extract: { key: 'db' } }] };

t.test('two definitions of one Secret are refused, both named', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  shop.eso('shop-db', { ...STORE, target: { name: 'db' } });

  const before = await shop.review(userOf());
  foreignSecret(shop, 'db');
  const after = await shop.review(userOf());

  for (const answer of [before, after]) {
    t.strictSame(codes(answer), ['LK-OWNER']);
    t.match(
      answer.status?.message,
      'ExternalSecret.external-secrets.io "shop-db" and ExternalSecret.kubernetes-client.io "db" both make it',
    );
  }
  t.strictSame(shop.aws.calls, []);
});

t.test(
  "a Secret that its definition's own controller made is used and left alone, whatever it reads",
  async (t) => {
    const shop = await installation(t);
    const { uid } = shop.kes('db', { backendType: 'vault', vaultRole: 'x' }).metadata;
    foreignSecret(shop, 'db', { ownerReferences: [{ ...KES, name: 'db', uid }] });

    const answer = await shop.review(userOf());

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(shop.data('db'), { password: 'foreign' });
    t.equal(shop.kubernetes.calls('PUT'), 0);
    t.strictSame(shop.aws.calls, [], 'nothing is read for it');
  },
);

t.test(
  'a Secret that nobody owns is used with a warning, where a definition makes one of its name',
  async (t) => {
    const shop = await installation(t);
    shop.kes('db');
    foreignSecret(shop, 'db');
    foreignSecret(shop, 'plain');

    const answer = await shop.review(userOf({ secrets: ['db', 'plain'] }));

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.equal(answer.warnings?.length, 1);
    t.match(answer.warnings?.[0], /Secret "db" belongs to nobody.*take-over/);
    t.strictSame(shop.data('db'), { password: 'foreign' });
  },
);

t.test('a Secret under a foreign owner is not used, and its owner is named', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    name: 'db-tls',
    uid: 'u',
    controller: true,
  };
  foreignSecret(shop, 'db', { ownerReferences: [certificate] });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-OWNER']);
  t.match(answer.status?.message, 'it belongs to Certificate.cert-manager.io "db-tls"');
  t.match(answer.status?.message, 'latchkey take-over shop/db');
});

t.test("somebody else's Secret is nobody's business where no definition makes one of its name", async (t) => {
  const shop = await installation(t);
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    name: 'x',
    uid: 'u',
    controller: true,
  };
  foreignSecret(shop, 'db', { ownerReferences: [certificate] });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
});

t.test('a Secret whose definition was deleted is not used: Kubernetes is about to delete it', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  const first = await shop.review(userOf());
  shop.kubernetes.custom.remove(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'db' });

  const second = await shop.review(userOf());
  const optional = await shop.review(userOf({ optional: true }));

  t.equal(first.allowed, true);
  t.strictSame(codes(second), ['LK-NO-DEFINITION']);
  t.match(second.status?.message, 'which does not exist any more');
  t.equal(optional.allowed, true);
});

t.test('a Secret of a definition that makes another one by now is not used', async (t) => {
  const shop = await installation(t);
  const { uid } = shop.eso('shop-db', { ...STORE, target: { name: 'other' } }).metadata;
  foreignSecret(shop, 'db', { ownerReferences: [{ ...ESO, name: 'shop-db', uid }] });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-OWNER']);
  t.match(answer.status?.message, 'makes another Secret by now');
});

t.test('an owner of an earlier version of its kind is still its owner', async (t) => {
  const shop = await installation(t);
  const { uid } = shop.eso('db', STORE).metadata;
  const owner = { ...ESO, apiVersion: 'external-secrets.io/v1beta1', name: 'db', uid };
  foreignSecret(shop, 'db', { ownerReferences: [owner] });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
});

t.test('what External Secrets Operator has taken over from Latchkey is its own from then on', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));
  const secret = shop.kubernetes.secrets('shop')[0];
  Object.assign(secret?.metadata.labels ?? {}, { 'reconcile.external-secrets.io/managed': 'true' });
  shop.aws.ssm.put('/db', 'canary-2', { region: REGION });

  const answer = await shop.review(userOf({ owner, hash: 'bbbb' }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary' });
});

t.test('what somebody changed by hand in a Secret of ours is put right by the next revision', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  await shop.review(userOf({ owner, hash: 'aaaa' }));
  const secret = shop.kubernetes.secrets('shop')[0] ?? { data: {} };
  Object.assign(secret, { data: { password: 'Zm9v', extra: 'Zm9v' } });

  await shop.review(userOf({ owner, hash: 'bbbb' }));

  t.strictSame(shop.data('db'), { password: 'canary' });
});

t.test('a Secret that is being deleted is not used', async (t) => {
  const shop = await installation(t);
  shop.kes('db');
  foreignSecret(shop, 'db', { deletionTimestamp: '2026-11-20T00:00:00Z' });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-KUBERNETES']);
  t.match(answer.status?.message, 'it is being deleted');
});

t.test('a definition that is being deleted makes nothing', async (t) => {
  const shop = await installation(t);
  const rest = { metadata: { deletionTimestamp: '2026-11-20T00:00:00Z' }, spec: {} };
  shop.kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'db' }, { rest });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-NO-DEFINITION']);
});

t.test('a definition that adds to a Secret is not the one that makes it', async (t) => {
  const shop = await installation(t);
  shop.store('aws');
  shop.kes('db');
  const merge = { ...STORE, target: { name: 'db', creationPolicy: 'Merge' } };
  shop.eso('more', merge);
  shop.eso('more-of-nothing', { ...merge, target: { name: 'nothing', creationPolicy: 'Merge' } });
  shop.eso('more-of-tls', { ...merge, target: { name: 'tls', creationPolicy: 'Merge' } });
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    name: 'x',
    uid: 'u',
    controller: true,
  };
  foreignSecret(shop, 'tls', { ownerReferences: [certificate] });

  const made = await shop.review(userOf());
  const alone = await shop.review(userOf({ secrets: ['nothing'] }));
  const foreign = await shop.review(userOf({ secrets: ['tls'] }));

  t.equal(made.allowed, true, made.status?.message ?? '');
  t.strictSame(codes(alone), ['LK-DEFINITION']);
  t.match(alone.status?.message, 'with Merge it adds keys to a Secret that something else makes');
  t.equal(foreign.allowed, true, foreign.status?.message ?? '');
});
