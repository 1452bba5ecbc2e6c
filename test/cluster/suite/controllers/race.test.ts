// The race that Latchkey exists for: one `kubectl apply -f` of one file, with a Deployment that needs a parameter. Whenever
// a pod exists, the Secret that it names exists; whatever happens to the webhook.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';

import { startAws } from '../../support/aws.ts';
import { eventually } from '../../support/eventually.ts';
import { recordHistory } from '../../support/history.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { createKubectl } from '../../support/kubectl.ts';
import { accountOf, roleArn, type TestNamespace } from '../../support/namespaces.ts';
import { deployment } from '../../support/objects.ts';
import { podsWithout } from '../../support/without.ts';

const APPLICATIONS = 100;
/** So many `kubectl apply` at once. */
const AT_ONCE = 4;
/** After so long without a webhook, its controller tries a ReplicaSet again as long after that. */
const RECOVERY_MS = 180_000;

const kubectl = createKubectl();
const aws = await startAws();
const installation = await startInstallationOn(aws, { replicas: 2 });
t.teardown(() => installation.close());
const { api, replicas, service } = installation;
await aws.putParameter('/shop/password', 'canary-hunter2');

/** A file as people write it, in the order that hurts: the Deployment comes before its service account. */
async function apply(directory: string, namespace: TestNamespace, name: string): Promise<void> {
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
  const account = accountOf(name, roleArn(aws, namespace.name, name));
  aws.role(account.metadata.annotations['eks.amazonaws.com/role-arn'], {
    trust: [{ subject: `system:serviceaccount:${namespace.name}:${name}` }],
  });
  const file = join(directory, `${namespace.name}-${name}.json`);
  const items = [deployment({ name, annotations, serviceAccount: name }), account];
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl('apply', '--namespace', namespace.name, '-f', file);
}

/** All of them, under fresh names, a few at a time; `done` says how many are applied. */
function applyAll(directory: string, namespace: TestNamespace) {
  const names = Array.from({ length: APPLICATIONS }, (_, index) => `app-${String(index)}`);
  const left = names[Symbol.iterator]();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const name of left) {
      await apply(directory, namespace, name);
      done += 1;
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { done: () => done, all };
}

async function watched(t: Test, { core }: TestNamespace) {
  const [pods, secrets] = await Promise.all(
    ['pods', 'secrets'].map((kind) => recordHistory(api, `${core}/${kind}`)),
  );
  if (pods === undefined || secrets === undefined) throw new Error('no history');
  t.teardown(() => Promise.all([pods.close(), secrets.close()]));
  return { pods, secrets };
}

/** Waits until every Deployment has its pod, with nobody's help, and looks at what happened on the way. */
async function checked(t: Test, { pods, secrets }: Awaited<ReturnType<typeof watched>>): Promise<void> {
  await eventually(
    async () => (await pods.lives()).length >= APPLICATIONS,
    'a pod of every Deployment',
    RECOVERY_MS,
  );
  const [everyPod, everySecret] = await Promise.all([pods.lives(), secrets.lives()]);
  t.equal(everyPod.length, APPLICATIONS);
  t.strictSame(podsWithout(everyPod, everySecret), []);
}

async function bothReady(): Promise<void> {
  await eventually(() => service?.ready().length === replicas.length, 'all replicas ready');
}

t.test(`${String(APPLICATIONS)} times: pods exist with their Secret`, async (t) => {
  const namespace = await installation.namespace();
  const histories = await watched(t, namespace);

  await applyAll(t.testdir(), namespace).all;

  await checked(t, histories);
});

t.test('the same while the replicas are restarted, one at a time', async (t) => {
  const namespace = await installation.namespace();
  const histories = await watched(t, namespace);

  const applying = applyAll(t.testdir(), namespace);
  const restartedAt: number[] = [];
  for (const replica of replicas) {
    await replica.stop();
    await replica.start();
    await bothReady();
    restartedAt.push(applying.done());
  }
  await applying.all;

  await checked(t, histories);
  t.ok(
    restartedAt.every((done) => done < APPLICATIONS),
    `in the middle: after ${restartedAt.join(' and ')}`,
  );
});

t.test('the same while all replicas are down for 20 s: pods wait, none starts without', async (t) => {
  const namespace = await installation.namespace();
  const histories = await watched(t, namespace);

  await Promise.all(replicas.map((replica) => replica.stop()));
  const down = sleep(20_000);
  await applyAll(t.testdir(), namespace).all;
  await down;
  const meanwhile = (await histories.pods.lives()).map(({ object }) => object.metadata.name);
  const waiting = await api.list(`${namespace.apps}/replicasets`);
  await Promise.all(replicas.map((replica) => replica.start()));
  await bothReady();

  t.strictSame(meanwhile, [], 'no pod');
  t.equal(waiting.length, APPLICATIONS, 'but everything else');
  await checked(t, histories);
});
