// docs/from-eso.md on a real API server: its commands as they stand there, with the chart installed by helm. What External Secrets
// Operator writes is written in its place.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import type { Json } from '../../support/api.ts';
import { definitionsOf, installEso } from '../../support/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { installRelease } from '../../support/helm-release.ts';
import {
  APP,
  openShop,
  reviewed,
  rolledOut,
  secretOf,
  shell,
  watchRollOut,
  writeManifests,
} from '../../support/move.ts';
import { dataOf, podsOf, secretsOf, variableOf } from '../../support/objects.ts';
import { writeAsEso, writeChart } from '../../support/other-controller.ts';
import { pageCommands } from '../../support/page-commands.ts';
import { keepPodsReady } from '../../support/ready-pods.ts';

const REGION = 'eu-central-1';
const ESO = 'external-secrets';
const ESO_DEPLOYMENT = `/apis/apps/v1/namespaces/${ESO}/deployments/${ESO}`;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** One of the kinds that come with the operator's chart; the others are there already. */
const KIND = 'examples-of-charts.latchkey.test';
const KIND_TEMPLATE = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${KIND}
  annotations: {{ .Values.crds.annotations | toJson }}
spec:
  group: latchkey.test
  scope: Namespaced
  names: { kind: ExampleOfCharts, plural: examples-of-charts }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
`;
const MANAGED = 'reconcile.external-secrets.io/managed';

const installed = await installRelease();
const release = { ...installed, env: { ...installed.env, STORE: 'aws' } };
const { api, aws, directory } = release;
await installEso(api);
const page = pageCommands('docs/from-eso.md', release);
const { run, fails, left } = page;
const at = await openShop(release);
const { eso: definitions, stores } = definitionsOf(at.name);
const kubelet = keepPodsReady(api, at.core);
await writeChart(join(directory, ESO, ESO), { name: ESO, templates: { 'kind.yaml': KIND_TEMPLATE } });
await shell(release, `helm install ${ESO} ${ESO}/${ESO} -n ${ESO} --create-namespace`);
t.teardown(async () => {
  await kubelet.stop();
  await api.send('DELETE', `${CRDS}/${KIND}`);
  await api.send('DELETE', `/api/v1/namespaces/${ESO}`);
  await release.close();
});

/** Writes a Deployment and its definition, and applies them, the Deployment first. */
async function applyNew(name: string): Promise<string> {
  const text = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: ${name}, namespace: ${at.name} }
spec:
  secretStoreRef: { name: aws }
  data:
    - secretKey: password
      remoteRef: { key: /shop/password }
`;
  const file = await writeManifests(release, at, { name, definitions: text });
  await shell(release, `kubectl apply -f ${file}`);
  return file;
}

/** As the operator does at its next look, unless it is to leave the store alone. */
async function operatorLooks(name: string, password: string): Promise<void> {
  const store = await api.get(`${stores}/aws`);
  if (store.spec.controller !== undefined) return;
  const finalizers = ['externalsecrets.external-secrets.io/externalsecret-cleanup'];
  await api.patch(`${definitions}/${name}`, { metadata: { finalizers } });
  const definition = await api.get(`${definitions}/${name}`);
  await writeAsEso(api, { core: at.core, definition, data: { password } });
  const status = { binding: { name } };
  await api.patch(`${definitions}/${name}/status`, { status });
}

async function labelsOf(name: string): Promise<Json> {
  return (await secretOf(release, at, name)).metadata.labels ?? {};
}

function put(value: string): void {
  aws.ssm.put('/shop/password', value, { region: REGION });
}

async function applyStore(): Promise<void> {
  const file = join(directory, 'deploy', at.name, 'store.yaml');
  await writeFile(
    file,
    `apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: { name: aws, namespace: ${at.name} }
spec: { provider: { aws: { service: ParameterStore, region: ${REGION} } } }
`,
  );
  await shell(release, `kubectl apply -f ${file}`);
}

t.test('side by side: what the operator made is used, what is new comes with its pods', async (t) => {
  put('canary-1');
  await applyNew(APP);
  await applyStore();
  await operatorLooks(APP, 'canary-1');
  await podsOf(api, at, APP, 1);
  const before = await secretOf(release, at, APP);

  await run('Before you begin', 'latchkey lint', at);
  await run('Before you begin', '--iam', at);
  await run('Switch adoption on', 'adoption.enabled=true', at);
  await rolledOut(release);
  await run('One namespace, side by side', 'adoption=enabled', at);
  await reviewed(release, at);
  const watched = await watchRollOut(page, at);
  const used = await secretOf(release, at, APP);
  await applyNew('fresh');
  await podsOf(api, at, 'fresh', 1);
  const made = await secretOf(release, at, 'fresh');
  await operatorLooks('fresh', 'canary-1');

  const roles = await readFile(join(directory, 'roles.txt'), 'utf8');
  t.match(roles, `system:serviceaccount:${at.name}:app`);
  t.match(roles, 'parameter/shop/password');
  t.match(watched, `deployment "${APP}" successfully rolled out`);
  t.equal(used.metadata.resourceVersion, before.metadata.resourceVersion, 'untouched');
  t.equal(made.metadata.labels['latchkey.dev/adopted'], 'eso');
  t.strictSame(dataOf(made), { password: 'canary-1' });
  t.equal((await labelsOf('fresh'))[MANAGED], 'true', 'the operator has it');
});

t.test('a store is taken from the operator, and what pods would be told is known before', async (t) => {
  const heading = 'Take a store from the operator';

  await run(heading, '"controller":"latchkey"', at);
  const took = await run(heading, 'take-over', at);
  await operatorLooks(APP, 'canary-1');
  put('canary-2');
  const fine = await run(heading, '--dry-run=server', at);
  const trust = [{ subject: `system:serviceaccount:${at.name}:app` }];
  aws.role(at.role, { trust, allow: [] });
  const denied = await fails(heading, '--dry-run=server', at);
  aws.role(at.role, { trust });
  const untouched = await secretOf(release, at, APP);
  await watchRollOut(page, at);

  t.match(took, /Done\.[\s\S]*Done\./);
  t.match(fine, 'pod/check created (server dry run)');
  t.match(denied, 'LK-DENIED');
  t.strictSame(dataOf(untouched), { password: 'canary-1' });
  t.strictSame(dataOf(await secretOf(release, at, APP)), { password: 'canary-2' });
  t.strictSame(await labelsOf(APP), { 'latchkey.dev/adopted': 'eso' });
});

t.test('the operator gets the store back', async (t) => {
  await run('Take a store from the operator', '"op":"remove"', at);
  await operatorLooks(APP, 'canary-2');
  const taken = await secretOf(release, at, APP);
  put('canary-3');
  const watched = await watchRollOut(page, at);

  t.match(watched, 'successfully rolled out');
  t.equal((await secretOf(release, at, APP)).metadata.resourceVersion, taken.metadata.resourceVersion);
});

t.test(
  'the operator is switched off, its Secrets are handed over, and its chart leaves its kinds',
  async (t) => {
    const heading = 'Switch the operator off';
    const running = async () => (await api.get(ESO_DEPLOYMENT)).status.replicas ?? 0;

    await run(heading, '--replicas=0', at);
    await eventually(async () => (await running()) === 0, 'no pod of it');
    await run(heading, '--replicas=1', at);
    await eventually(async () => (await running()) === 1, 'a pod of it');
    const stillRuns = await fails(heading, 'take-over', at);
    await run(heading, '--replicas=0', at);
    await eventually(async () => (await running()) === 0, 'no pod of it');
    await run(heading, 'take-over', at);
    await run(heading, '/metadata/finalizers', at);
    await watchRollOut(page, at);
    const policies = await run(heading, 'resource-policy', at);
    await run(heading, 'helm uninstall', at);

    t.match(stillRuns, 'the other controller still runs');
    for (const name of [APP, 'fresh']) t.strictSame(await labelsOf(name), { 'latchkey.dev/adopted': 'eso' });
    t.strictSame(dataOf(await secretOf(release, at, APP)), { password: 'canary-3' });
    for (const { metadata } of await api.list(definitions)) t.equal(metadata.finalizers, undefined);
    t.match(policies, new RegExp(`^${KIND} +keep$`, 'm'));
    t.equal((await api.send('GET', `${CRDS}/${KIND}`)).status, 200, 'the kind stays');
  },
);

t.test('annotations take the place of the definitions', async (t) => {
  const heading = 'Annotations instead of definitions';
  const envOf = (pod: Json) => variableOf(pod, 'app', 'PASSWORD').valueFrom.secretKeyRef;

  await shell(release, 'git init --quiet && git add deploy');

  const shown = await run(heading, '-o diff', at);
  await run(heading, 'latchkey lint', at);
  await run(heading, 'rollout status', at);
  const [pod] = await podsOf(api, at, APP, 1);
  const [name = ''] = secretsOf(pod);
  await run(heading, 'git restore', at);
  const [undone] = await podsOf(api, at, APP, 1);
  await run(heading, 'latchkey lint', at);
  await run(heading, 'rollout status', at);
  await run(heading, '--drop-unused', at);
  await run(heading, 'delete externalsecrets', at);
  await eventually(
    async () => (await api.send('GET', `${at.core}/secrets/${APP}`)).status === 404,
    'the Secret goes with its definition',
  );
  const listed = await run(heading, '-A', at);

  t.match(shown, /^\+ +latchkey\.dev\/env\.PASSWORD: ssm:\/shop\/password$/m);
  t.match(name, /^latchkey-/);
  t.match(envOf(pod), { name, key: 'env.PASSWORD' });
  t.match(envOf(undone), { name: APP, key: 'password' });
  t.notMatch(await readFile(join(directory, 'deploy', at.name, `${APP}.yaml`), 'utf8'), 'ExternalSecret');
  t.match(listed, new RegExp(`^${at.name} +externalsecret\\S+/fresh `, 'm'));
  t.notMatch(listed, new RegExp(`^${at.name} +externalsecret\\S+/${APP} `, 'm'));
});

t.test('and back', async (t) => {
  await run('One namespace, side by side', 'adoption-', at);
  await reviewed(release, at, false);
  await run('Switch adoption on', 'adoption.enabled=false', at);
  await rolledOut(release);
  const [pod] = await podsOf(api, at, APP, 1);

  t.equal(pod.status.phase, 'Running');
});

t.test('every other command of the page only names things', async (t) => {
  t.strictSame(
    left().filter((text) => !/^(?:NS|STORE)=/.test(text)),
    [],
  );
});
