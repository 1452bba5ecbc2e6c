// A manifest that needs no webhook: what `render --live` prints to be applied.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAllDocuments } from 'yaml';

import * as render from '../../../src/commands/render.ts';
import { UsageError } from '../../../src/config/usage-error.ts';
import { startKubernetesDouble, type KubernetesDouble } from '../../support/kubernetes-double.ts';
import { runCommand } from '../../support/run-command.ts';

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const CANARY = 'canary-hunter2';
const SECRET = `latchkey-shop-${'1'.repeat(64)}`;
const NEWER = `latchkey-shop-${'2'.repeat(64)}`;
const ASKS = { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/file.b': 'ssm:/b' };
const STATUS = '{"version":1,"plan":"97ce97052f277997","delivery":"secret"}';
/** The double's clock, so that pods have an age. */
let now = Date.UTC(2026, 0, 1);

async function startCluster(t: Test): Promise<KubernetesDouble> {
  const kubernetes = await startKubernetesDouble({ now: () => now });
  t.teardown(() => kubernetes.close());
  kubernetes.addNamespace('shop');
  kubernetes.addServiceAccount('shop', 'app');
  return kubernetes;
}

function template(annotations: object = ASKS, container: object = {}): Json {
  return {
    metadata: { labels: { app: 'shop' }, annotations },
    spec: { serviceAccountName: 'app', containers: [{ name: 'app', image: 'app:1', ...container }] },
  };
}

/** A StatefulSet of the cluster. */
function workload(kubernetes: KubernetesDouble, pod: Json = template(), more: Json = {}): string {
  const { metadata = {}, spec = {} } = more;
  const selector = { matchLabels: { app: 'shop' } };
  const rest = { spec: { replicas: 3, selector, template: pod, ...spec }, status: { replicas: 3 } };
  return kubernetes.addOwner('StatefulSet', 'shop', 'shop', { ...metadata, rest }).metadata.uid;
}

/** A pod that was delivered, a second younger than the one before. */
function running(kubernetes: KubernetesDouble, name: string, more: Json = {}): void {
  const { secret = SECRET, annotations = ASKS, account = 'app', owner = {}, ...metadata } = more;
  const items = [{ key: 'file.b', path: 'b', mode: 0o444 }];
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: secret, key: 'env.A' } } }];
  const ownerReferences = [{ kind: 'StatefulSet', name: 'shop', uid: 'x', controller: true, ...owner }];
  now += 1000;
  kubernetes.addPod('shop', {
    metadata: {
      name,
      labels: { app: 'shop' },
      annotations: { ...annotations, 'latchkey.dev/status': STATUS },
      ownerReferences,
      ...metadata,
    },
    spec: {
      serviceAccountName: account,
      containers: [{ name: 'app', image: 'app:1', env }],
      volumes: [{ name: 'latchkey-files', secret: { secretName: secret, items } }],
    },
  });
}

function live(kubernetes: KubernetesDouble, ...args: readonly string[]) {
  const at = ['--kubeconfig', kubernetes.kubeconfig, '-n', 'shop'];
  return runCommand(render, [...at, '--live', 'sts/shop', ...args]);
}

function documents(text: string): readonly Json[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

async function storeFile(t: Test): Promise<readonly string[]> {
  const file = join(t.testdir(), 'secrets.yaml');
  await writeFile(file, `ssm:\n  /a: ${CANARY}\n  /b: ${CANARY}-b\n`);
  return ['--store-file', file];
}

t.test('it refers to the Secret that a running pod carries, and opts out', async (t) => {
  const kubernetes = await startCluster(t);
  const uid = workload(kubernetes);
  running(kubernetes, 'shop-0', { owner: { uid } });

  const { code, stdout, stderr } = await live(kubernetes);

  const [manifest, ...more] = documents(stdout);
  const [container] = manifest.spec.template.spec.containers;
  t.equal(code, 0, stderr);
  t.same(more, []);
  t.match(manifest, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'shop' } });
  t.same(manifest.spec.template.metadata.labels, { app: 'shop', 'latchkey.dev/injection': 'disabled' });
  t.same(container.env, [{ name: 'A', valueFrom: { secretKeyRef: { name: SECRET, key: 'env.A' } } }]);
  t.match(manifest.spec.template.spec.volumes, [{ secret: { secretName: SECRET } }]);
  t.match(stderr, `it has the values of pod shop-0, by Secret ${SECRET}\n`);
});

t.test('what the API server added is not in it', async (t) => {
  const kubernetes = await startCluster(t);
  const metadata = { annotations: { team: 'shop', 'deployment.kubernetes.io/revision': '3' } };
  workload(kubernetes, template(), { metadata });
  running(kubernetes, 'shop-0');

  const [manifest] = documents((await live(kubernetes)).stdout);

  t.same(manifest.metadata, { name: 'shop', namespace: 'shop', annotations: { team: 'shop' } });
  t.notOk('status' in manifest);
});

t.test('a Secret that goes with a ReplicaSet is said to, and how to keep it', async (t) => {
  const kubernetes = await startCluster(t);
  workload(kubernetes);
  running(kubernetes, 'shop-0', { owner: { kind: 'ReplicaSet', name: 'shop-6d4cf56db6' } });

  const { stderr } = await live(kubernetes);

  const keep = `kubectl patch secret ${SECRET} -n shop --type=merge -p '{"metadata":{"ownerReferences":null}}'`;
  t.match(stderr, `which goes with ReplicaSet shop-6d4cf56db6. To keep it: ${keep}\n`);
});

t.test('of several pods the newest counts that is not being deleted', async (t) => {
  const kubernetes = await startCluster(t);
  workload(kubernetes);
  running(kubernetes, 'z-old');
  running(kubernetes, 'new', { secret: NEWER });
  running(kubernetes, 'a-going', { deletionTimestamp: '2026-01-01T00:00:00Z' });

  const { stdout } = await live(kubernetes);

  t.match(stdout, NEWER);
  t.notMatch(stdout, SECRET);
});

for (const [what, pod] of [
  ['that asks for something else', { annotations: { ...ASKS, 'latchkey.dev/env.A': 'ssm:/other' } }],
  ['that asks in another region', { annotations: { ...ASKS, 'latchkey.dev/region': 'eu-west-1' } }],
  ['of another service account', { account: 'other' }],
  ['without a managed Secret', { secret: 'mine' }],
  ['that is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ['of another workload', { labels: { app: 'other' } }],
] as const) {
  t.test(`a pod ${what} is not taken for it: there is no manifest, and it says what to give`, async (t) => {
    const kubernetes = await startCluster(t);
    workload(kubernetes);
    running(kubernetes, 'shop-0', pod);

    const { code, stdout, stderr } = await live(kubernetes);

    t.equal(code, 1);
    t.equal(stdout, '');
    t.match(stderr, /none of its running pods .*\[LK-CONFIG\]\. Give the values with --store-file/);
  });
}

t.test('references in place are compared too, and leave their text behind', async (t) => {
  const kubernetes = await startCluster(t);
  const inPlace = (reference: string) => ({ env: [{ name: 'A', value: `latchkey:${reference}` }] });
  const carried = [{ container: 'app', variable: 'A', references: ['ssm:/a'] }];
  const pod = {
    metadata: {
      name: 'shop-0',
      labels: { app: 'shop' },
      annotations: { 'latchkey.dev/status': STATUS, 'latchkey.dev/in-place': JSON.stringify(carried) },
    },
    spec: {
      serviceAccountName: 'app',
      containers: [
        {
          name: 'app',
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: SECRET, key: 'in-place.app.A.0' } } }],
        },
      ],
    },
  };
  workload(kubernetes, template({}, inPlace('ssm:/a')));
  kubernetes.addPod('shop', pod);

  const [same] = documents((await live(kubernetes)).stdout);
  workload(kubernetes, template({}, inPlace('ssm:/changed')));
  const changed = await live(kubernetes);

  const [entry] = same.spec.template.spec.containers[0].env;
  t.match(entry, { name: 'A', value: '', valueFrom: { secretKeyRef: { name: SECRET } } });
  t.equal(changed.code, 1);
});

t.test('with a store file it brings a Secret of its own, which belongs to the workload', async (t) => {
  const kubernetes = await startCluster(t);
  const uid = workload(kubernetes);
  running(kubernetes, 'shop-0');
  const store = [...(await storeFile(t)), '--show-values'];

  const [first, second] = [await live(kubernetes, ...store), await live(kubernetes, ...store)];

  const [secret, manifest] = documents(first.stdout);
  t.match(secret, { kind: 'Secret', immutable: true, metadata: { namespace: 'shop' } });
  t.same(Buffer.from(secret.data['env.A'], 'base64').toString(), CANARY);
  t.same(secret.metadata.ownerReferences, [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'shop', uid },
  ]);
  const [container] = manifest.spec.template.spec.containers;
  t.equal(container.env[0].valueFrom.secretKeyRef.name, secret.metadata.name);
  t.not(documents(second.stdout)[0].metadata.name, secret.metadata.name, 'nobody can foretell the name');
});

t.test('a store file without --show-values is wrong use: the Secret would hold no values', async (t) => {
  const kubernetes = await startCluster(t);
  workload(kubernetes);

  await t.rejects(live(kubernetes, ...(await storeFile(t))), UsageError);
});

t.test('a manifest from a file has no owner for its Secret, nor has a Job', async (t) => {
  const store = [...(await storeFile(t)), '--show-values', '-o', 'manifest'];
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop' },
    spec: { template: template() },
  };
  const made = {
    'controller-uid': 'x',
    'job-name': 'once',
    'batch.kubernetes.io/controller-uid': 'x',
    'batch.kubernetes.io/job-name': 'once',
  };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', uid: 'x', labels: made },
    spec: {
      selector: { matchLabels: made },
      template: { ...template(), metadata: { labels: { ...made, app: 'once' }, annotations: ASKS } },
    },
  };
  const input = [deployment, job].map((object) => JSON.stringify(object)).join('\n---\n');

  const { stdout, stderr } = await runCommand(render, ['-f', '-', ...store], input);

  const [first, , second, applied] = documents(stdout);
  t.match(first.metadata.name, /^latchkey-shop-by-hand-[0-9a-f]{64}$/, stderr);
  t.notOk('ownerReferences' in first.metadata);
  t.notOk('ownerReferences' in second.metadata);
  t.notOk('selector' in applied.spec, 'a Job makes its own');
  t.same(applied.spec.template.metadata.labels, { app: 'once', 'latchkey.dev/injection': 'disabled' });
});

t.test('the template of a CronJob stands where it stood', async (t) => {
  const store = [...(await storeFile(t)), '--show-values', '-o', 'manifest'];
  const spec = { schedule: '0 3 * * *', jobTemplate: { spec: { backoffLimit: 1, template: template() } } };
  const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly' }, spec };

  const { stdout } = await runCommand(render, ['-f', '-', ...store], JSON.stringify(cronJob));

  const [, manifest] = documents(stdout);
  t.match(manifest.spec, { schedule: '0 3 * * *', jobTemplate: { spec: { backoffLimit: 1 } } });
  t.match(manifest.spec.jobTemplate.spec.template.spec.containers, [{ env: [{ name: 'A' }] }]);
});

for (const [what, applied, replicas] of [
  ['kept where the author said it', { spec: { replicas: 2 } }, 3],
  ['left to others where the author did', { spec: {} }, undefined],
  ['kept where nobody applied', undefined, 3],
] as const) {
  t.test(`the number of replicas is ${what}`, async (t) => {
    const kubernetes = await startCluster(t);
    const name = 'kubectl.kubernetes.io/last-applied-configuration';
    const annotations = applied === undefined ? {} : { [name]: JSON.stringify(applied) };
    workload(kubernetes, template(), { metadata: { annotations } });
    running(kubernetes, 'shop-0');

    const [manifest] = documents((await live(kubernetes)).stdout);

    t.equal(manifest.spec.replicas, replicas);
  });
}

t.test('memory needs the region and tells the image, plaintext is refused', async (t) => {
  const kubernetes = await startCluster(t);
  workload(kubernetes, template({ 'latchkey.dev/file.a': 'ssm:/a', 'latchkey.dev/delivery': 'memory' }));

  const nowhere = await live(kubernetes);
  const memory = await live(kubernetes, '--region', 'eu-central-1');
  workload(kubernetes, template({ 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/delivery': 'plaintext' }));
  const plaintext = await live(kubernetes, '--allow-plaintext');

  t.match(nowhere, { code: 1, stdout: '', stderr: /LK-REGION/ });
  t.equal(memory.code, 0, memory.stderr);
  t.match(documents(memory.stdout)[0].spec.template.spec.initContainers, [{ name: 'latchkey-fetch' }]);
  t.match(memory.stderr, /give --fetch-image/);
  t.match(plaintext, { code: 1, stdout: '', stderr: /LK-PLAINTEXT/ });
});

t.test('other formats show the pod with references, and look at no other pod', async (t) => {
  const kubernetes = await startCluster(t);
  workload(kubernetes);
  running(kubernetes, 'shop-0');
  const role = ['--role-arn', 'arn:aws:iam::111122223333:role/app'];

  const { code, stdout } = await live(kubernetes, '-o', 'yaml', ...role);

  t.equal(code, 0);
  t.match(documents(stdout)[0], { kind: 'Pod' });
  t.equal(kubernetes.calls('/pods'), 0);
});
