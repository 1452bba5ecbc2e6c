// docs/from-kes.md on a real API server: its commands as they stand there, with the chart installed by helm. What
// kubernetes-external-secrets writes is written in its place.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import type { Json } from '../../support/api.ts';
import { definitionsOf, installEso, installKes, removeKes } from '../../support/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { installRelease } from '../../support/helm-release.ts';
import { holdKesKind } from '../../support/kes-kind.ts';
import {
  APP,
  openShop,
  reviewed,
  rolledOut,
  secretOf,
  shell,
  type Shop,
  watchRollOut,
  writeManifests,
} from '../../support/move.ts';
import { dataOf, podsOf, secretsOf, variableOf } from '../../support/objects.ts';
import { writeAsKes, writeChart } from '../../support/other-controller.ts';
import { pageCommands } from '../../support/page-commands.ts';
import { keepPodsReady } from '../../support/ready-pods.ts';

const REGION = 'eu-central-1';
const KES = 'kubernetes-external-secrets';
const KES_DEPLOYMENT = `/apis/apps/v1/namespaces/${KES}/deployments/${KES}`;

const installed = await installRelease();
const release = { ...installed, env: { ...installed.env, KEEPS: 'prod,tools' } };
const { api, aws, directory } = release;
const freeKind = await holdKesKind(api);
await installKes(api);
await installEso(api);
const page = pageCommands('docs/from-kes.md', release);
const { run, fails, left } = page;
const [at, other] = [await openShop(release), await openShop(release)];
const kubelets = [at, other].map(({ core }) => keepPodsReady(api, core));
await writeChart(join(directory, KES), { name: KES });
await shell(release, `helm install ${KES} ./${KES} -n ${KES} --create-namespace`);
t.teardown(async () => {
  await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
  await api.send('DELETE', `/api/v1/namespaces/${KES}`);
  await removeKes(api);
  await freeKind();
  await release.close();
});

const definitionsPath = ({ name }: Shop): string => definitionsOf(name).kes;

/** Writes a Deployment and its definition, and applies them, the Deployment first. */
async function applyNew(shop: Shop, name: string): Promise<{ readonly file: string }> {
  const definitions = `apiVersion: kubernetes-client.io/v1
kind: ExternalSecret
metadata: { name: ${name}, namespace: ${shop.name} }
spec:
  backendType: systemManager
  data:
    - key: /shop/password
      name: password
`;
  const file = await writeManifests(release, shop, { name, definitions });
  await shell(release, `kubectl apply -f ${file}`);
  return { file };
}

/** As KES does at its next look. */
async function kesLooks(shop: Shop, name: string, password: string): Promise<void> {
  const definition = await api.get(`${definitionsPath(shop)}/${name}`);
  await writeAsKes(api, { core: shop.core, definition, data: { password } });
}

async function adoptedLabel(shop: Shop, name: string): Promise<unknown> {
  return (await secretOf(release, shop, name)).metadata.labels?.['latchkey.dev/adopted'];
}

function put(value: string): void {
  aws.ssm.put('/shop/password', value, { region: REGION });
}

t.test('side by side: what KES made is used, what is new comes with its pods', async (t) => {
  put('canary-1');
  await applyNew(at, APP);
  await kesLooks(at, APP, 'canary-1');
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
  await applyNew(at, 'fresh');
  await podsOf(api, at, 'fresh', 1);
  const made = await secretOf(release, at, 'fresh');
  await kesLooks(at, 'fresh', 'canary-1');

  const roles = await readFile(join(directory, 'roles.txt'), 'utf8');
  t.match(roles, `system:serviceaccount:${at.name}:app`);
  t.match(roles, 'parameter/shop/password');
  t.match(watched, `deployment "${APP}" successfully rolled out`);
  t.equal(used.metadata.resourceVersion, before.metadata.resourceVersion, 'untouched');
  t.equal(made.metadata.labels['latchkey.dev/adopted'], 'kes');
  t.strictSame(dataOf(made), { password: 'canary-1' });
  t.equal(await adoptedLabel(at, 'fresh'), undefined, 'KES has it');
});

t.test('the namespace is taken from KES, and what pods would be told is known before', async (t) => {
  const heading = 'Take the namespace from KES';

  await run(heading, 'WATCHED_NAMESPACES="$KEEPS"', at);
  const [container] = (await api.get(KES_DEPLOYMENT)).spec.template.spec.containers;
  const took = await run(heading, 'take-over', at);
  put('canary-2');
  const fine = await run(heading, '--dry-run=server', at);
  const trust = [{ subject: `system:serviceaccount:${at.name}:app` }];
  aws.role(at.role, { trust, allow: [] });
  const denied = await fails(heading, '--dry-run=server', at);
  aws.role(at.role, { trust });
  const untouched = await secretOf(release, at, APP);
  await watchRollOut(page, at);

  t.match(container.env, [{ name: 'WATCHED_NAMESPACES', value: 'prod,tools' }]);
  t.match(took, /Done\.[\s\S]*Done\./);
  t.match(fine, 'pod/check created (server dry run)');
  t.match(denied, 'LK-DENIED');
  t.strictSame(dataOf(untouched), { password: 'canary-1' });
  t.equal(untouched.metadata.labels['latchkey.dev/adopted'], 'kes');
  t.strictSame(dataOf(await secretOf(release, at, APP)), { password: 'canary-2' });
});

t.test('KES gets the namespace back', async (t) => {
  await run('Take the namespace from KES', 'WATCHED_NAMESPACES-', at);
  await kesLooks(at, APP, 'canary-2');
  const taken = await secretOf(release, at, APP);
  const watched = await watchRollOut(page, at);

  const [container] = (await api.get(KES_DEPLOYMENT)).spec.template.spec.containers;
  t.strictSame(container.env ?? [], []);
  t.match(watched, 'successfully rolled out');
  t.equal(taken.metadata.labels, undefined);
  t.equal((await secretOf(release, at, APP)).metadata.resourceVersion, taken.metadata.resourceVersion);
});

t.test('KES is switched off, its Secrets are handed over, and its chart leaves its kind', async (t) => {
  const heading = 'Switch KES off';
  const running = async () => (await api.get(KES_DEPLOYMENT)).status.replicas ?? 0;

  await run(heading, '--replicas=0', at);
  await eventually(async () => (await running()) === 0, 'no pod of KES');
  await run(heading, '--replicas=1', at);
  await eventually(async () => (await running()) === 1, 'a pod of KES');
  const stillRuns = await fails(heading, 'take-over', at);
  await run(heading, '--replicas=0', at);
  await eventually(async () => (await running()) === 0, 'no pod of KES');
  await run(heading, 'take-over', at);
  put('canary-3');
  await watchRollOut(page, at);
  await run(heading, 'helm uninstall', at);

  t.match(stillRuns, 'the other controller still runs');
  t.equal(await adoptedLabel(at, APP), 'kes');
  t.equal(await adoptedLabel(at, 'fresh'), 'kes');
  t.strictSame(dataOf(await secretOf(release, at, APP)), { password: 'canary-3' });
  t.equal((await api.list(definitionsPath(at))).length, 2);
});

t.test('annotations take the place of the definitions', async (t) => {
  const heading = 'Annotations instead of definitions';
  const envOf = (pod: Json) => variableOf(pod, 'app', 'PASSWORD').valueFrom.secretKeyRef;

  await shell(release, 'git init --quiet && git add deploy');

  const shown = await run(heading, '-o diff', at);
  await run(heading, 'latchkey lint', at);
  await run(heading, 'rollout status', at);
  const [pod] = await podsOf(api, at, APP, 1);
  const [name = ''] = secretsOf(pod);
  const delivered = await secretOf(release, at, name);
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
  t.strictSame(dataOf(delivered), { 'env.PASSWORD': 'canary-3' });
  t.notMatch(await readFile(join(directory, 'deploy', at.name, `${APP}.yaml`), 'utf8'), 'ExternalSecret');
  t.match(listed, at.name);
  t.notMatch(listed, APP);
});

t.test('definitions of External Secrets Operator take their place, and pods go on', async (t) => {
  const heading = 'Definitions of External Secrets Operator instead';
  await run('One namespace, side by side', 'adoption=enabled', other);
  await reviewed(release, other);
  const { file } = await applyNew(other, APP);
  await podsOf(api, other, APP, 1);
  const before = await secretOf(release, other, APP);

  await run(heading, '--to eso', other);
  await run(heading, 'take-over', other);
  put('canary-4');
  await watchRollOut(page, other);

  const after = await secretOf(release, other, APP);
  t.match(await readFile(file, 'utf8'), 'apiVersion: external-secrets.io/v1');
  t.strictSame(await api.list(definitionsPath(other)), []);
  t.strictSame(dataOf(after), { password: 'canary-4' });
  t.equal(after.metadata.uid, before.metadata.uid);
  t.equal(after.metadata.labels['latchkey.dev/adopted'], 'eso');
  t.match(after.metadata.ownerReferences, [{ apiVersion: 'external-secrets.io/v1', name: APP }]);
});

t.test('the kind goes when no definition is left', async (t) => {
  await api.remove(`${definitionsPath(at)}/fresh`);

  await run('Annotations instead of definitions', 'delete customresourcedefinition', at);

  t.equal((await api.send('GET', definitionsPath(at))).status, 404);
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
    left().filter((text) => !/^(?:NS|KEEPS)=/.test(text)),
    [],
  );
});
