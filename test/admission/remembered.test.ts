// A thousand pods of a revision are alike: what was decided about the first serves the others, and nobody else.

import t from 'tap';

import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { applied, podReview, type AdmissionAnswer } from '../support/admission-client.ts';
import { secretNames, secretValues } from '../support/stored.ts';
import { testClock } from '../support/test-clock.ts';

const WISH = { 'latchkey.dev/env.A': 'ssm:/a' };

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

async function running() {
  const clock = testClock();
  const shop = await startInstallation({ clock });
  shop.account('app');
  shop.aws.ssm.put('/a', 'one', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: WISH });
  const first = await shop.review(pod);
  const valueOf = (answer: AdmissionAnswer) => {
    const [name] = secretNames(applied(pod, answer));
    return secretValues(shop.kubernetes.secrets('shop').find(({ metadata }) => metadata.name === name))[
      'env.A'
    ];
  };
  return { clock, shop, owner, pod, first, valueOf };
}

t.test(
  'a pod that is alike gets the same patch until --cache-ttl has passed since the values were read',
  async (t) => {
    const { clock, shop, pod, first, valueOf } = await running();
    t.teardown(() => shop.close());
    shop.aws.ssm.put('/a', 'two', { region: REGION });

    clock.advance(29_000);
    const within = await shop.review(pod);
    clock.advance(2_000);
    const after = await shop.review(pod);

    t.equal(first.allowed, true, first.status?.message ?? '');
    t.same(within.patch, first.patch);
    t.equal(valueOf(within), 'one');
    t.equal(valueOf(after), 'two', 'the thirty seconds count from the reading, not from the last use');
  },
);

t.test(
  'a decision is not used when its service account, namespace or owner is another one by then',
  async (t) => {
    const { clock, shop, pod } = await running();
    t.teardown(() => shop.close());

    clock.advance(31_000);
    shop.kubernetes.addServiceAccount('shop', 'app', { annotations: {} });
    const noRole = await shop.review(pod);
    shop.account('app');
    clock.advance(31_000);
    shop.kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/injection': 'disabled' } });
    const optedOut = await shop.review(pod);

    t.same(codes(noRole), ['LK-NO-ROLE']);
    t.equal(optedOut.patch, undefined);
  },
);

t.test('neither another namespace, another annotation nor a dry run meets it', async (t) => {
  const { shop, owner, pod } = await running();
  t.teardown(() => shop.close());
  shop.kubernetes.addServiceAccount('other', 'app');

  const elsewhere = await shop.review(pod, { namespace: 'other' });
  const more = await shop.review(podOf({ owner, annotations: { ...WISH, 'latchkey.dev/env.B': 'ssm:/b' } }));
  const secrets = shop.kubernetes.secrets('shop').length;
  const dry = await shop.review(pod, { dryRun: true });

  t.same(codes(elsewhere), ['LK-NO-ROLE']);
  t.same(codes(more), ['LK-NOT-FOUND']);
  t.notSame(secretNames(applied(pod, dry)), []);
  t.equal(shop.kubernetes.secrets('shop').length, secrets);
});

t.test('pods that stand alone share nothing, however alike', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'one', { region: REGION });
  const pod = podOf({ annotations: WISH });
  const first = await shop.review(pod);
  shop.aws.ssm.put('/a', 'two', { region: REGION });

  const second = await shop.review(pod);

  t.notSame(secretNames(applied(pod, first)), secretNames(applied(pod, second)));
  t.equal(shop.kubernetes.secrets('shop').length, 2);
});

t.test('a refusal while AWS is away is repeated for a second, a definite one is asked again', async (t) => {
  const clock = testClock();
  const shop = await startInstallation({ clock });
  t.teardown(() => shop.close());
  shop.account('app');
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: WISH });
  const notThere = await shop.review(pod);
  clock.advance(4_000);
  const lift = shop.aws.fault({}, { kind: 'server-error' });
  const away = await shop.review(pod);
  lift();
  shop.aws.ssm.put('/a', 'one', { region: REGION });

  clock.advance(900);
  const again = await shop.review(pod);
  clock.advance(10_000);
  const back = await shop.review(pod);

  t.same(codes(notThere), ['LK-NOT-FOUND']);
  t.same(codes(away), ['LK-AWS-AWAY']);
  t.same(again.status, away.status);
  t.equal(back.allowed, true, back.status?.message ?? '');
});

t.test('what one caller could not wait for is asked for the next, who can', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'one', { region: REGION });
  const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
  const pod = podOf({ owner, annotations: WISH });
  shop.aws.fault({}, { kind: 'delay', ms: 700 });

  const hasty = await shop.client.post(JSON.stringify(podReview(pod)), '/mutate/pods?timeout=1s');
  const patient = await shop.review(pod);

  t.match(hasty.text, /LK-TIMEOUT/);
  t.equal(patient.allowed, true, patient.status?.message ?? '');
});
