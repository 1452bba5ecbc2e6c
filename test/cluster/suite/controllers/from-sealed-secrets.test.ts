// docs/from-sealed-secrets.md on a real API server: its commands as they stand there, with sealed-secrets' own chart, controller
// and kubeseal.

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';

import { REGION } from '../../support/aws.ts';
import type { Json } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { installRelease } from '../../support/helm-release.ts';
import { dataOf, deployment, podOf, podsOf, secretsOf } from '../../support/objects.ts';
import { pageCommands } from '../../support/page-commands.ts';
import { proxyService } from '../../support/proxied-service.ts';
import { restarted } from '../../support/restarted.ts';
import {
  sealedSecretsChart,
  sealedSecretsOf,
  startSealedSecretsController,
  type SealedSecretsController,
} from '../../support/sealed-secrets.ts';

const CONTROLLER = 'sealed-secrets-controller';
const KEY_LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';

const release = await installRelease();
const { api, serve, name: installed, directory } = release;
const env = { ...release.env, PASSWORD: 'canary-2' };
await symlink(process.env['KUBESEAL'] ?? '', join(directory, 'bin/kubeseal'));
const at = { ...(await release.namespace()), app: 'shop' };
await shell(
  `helm install sealed-secrets '${sealedSecretsChart()}' -n kube-system \\
    --set-string fullnameOverride=${CONTROLLER} --set 'additionalNamespaces={${at.name}}'`,
);
const files = join(directory, 'deploy', at.name);
const theirs = await sealedSecrets();
const { run, left } = pageCommands('docs/from-sealed-secrets.md', { ...release, env });
let ours: (() => Promise<void>) | undefined;
t.teardown(async () => {
  await theirs.close();
  await ours?.();
  await shell('helm uninstall sealed-secrets -n kube-system --ignore-not-found');
  for (const { metadata } of await keysIn('kube-system'))
    await api.remove(`/api/v1/namespaces/kube-system/secrets/${metadata.name}`);
  await release.close();
});

/** As a person types it, in the folder that has `deploy/`. */
async function shell(script: string): Promise<string> {
  const options = { env, cwd: directory };
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -euo pipefail\n${script}`], options);
  return stdout;
}

/** Its controller runs while its Deployment says so. */
async function sealedSecrets() {
  const account = { namespace: 'kube-system', name: CONTROLLER };
  const start = () => startSealedSecretsController({ api, account, directory, namespaces: [at.name] });
  let running: SealedSecretsController | undefined = await start();
  const target = () => running?.url;
  const end = await proxyService(api, { ...account, port: 'http', target });
  return {
    async follow(): Promise<void> {
      const { spec } = await api.get(`/apis/apps/v1/namespaces/kube-system/deployments/${CONTROLLER}`);
      if (spec.replicas > 0) running ??= await start();
      else {
        await running?.stop();
        running = undefined;
      }
    },
    async close(): Promise<void> {
      await running?.stop();
      await end();
    },
  };
}

/** What the chart changed is in its processes when their pods are new. */
async function rolledOut(): Promise<void> {
  await serve.stop();
  await serve.start();
}

async function keysIn(namespace: string): Promise<readonly Json[]> {
  return await api.list(`/api/v1/namespaces/${namespace}/secrets?labelSelector=${KEY_LABEL}`);
}

function uses(secret: string): Json {
  const envFrom = [{ secretRef: { name: secret } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', envFrom }] };
}

async function sealed(name: string, value: string): Promise<void> {
  const make = `kubectl create secret generic ${name} -n ${at.name} --from-literal=password=${value} --dry-run=client -o yaml`;
  await mkdir(files, { recursive: true });
  await writeFile(join(files, `${name}.yaml`), await shell(`${make} | kubeseal --format yaml`));
}

const secret = async (name: string) => await api.get(`${at.core}/secrets/${name}`);
const present = async (name: string) => (await api.send('GET', `${at.core}/secrets/${name}`)).status === 200;

t.test('what sealed-secrets made before, everything opens, and the keys are kept', async (t) => {
  await sealed('db', 'canary-1');
  const pods = deployment({ name: 'shop', annotations: {}, serviceAccount: 'default', spec: uses('db') });
  await shell(`kubectl apply -f ${files}`);
  await eventually(() => present('db'), 'sealed-secrets makes the Secret');
  await api.create(`${at.apps}/deployments`, pods);
  await podsOf(api, at, 'shop', 1);

  await run('Before you begin', 'verify -f deploy/\n', at);
  await run('Before you begin', 'sealing-keys.yaml', at);

  t.match(await readFile(join(directory, 'sealing-keys.yaml'), 'utf8'), 'tls.key');
});

t.test('one namespace: what is there is used, what is new comes with its pods', async (t) => {
  const before = await secret('db');

  await run('Give Latchkey the keys', 'helm upgrade', at);
  await rolledOut();
  await run('One namespace', 'adoption=enabled', at);
  await podsOf(api, at, 'shop', 1);
  await eventually(async () => {
    const pod = podOf({ name: 'nobody', annotations: {}, serviceAccount: 'default', spec: uses('nowhere') });
    const { body } = await api.send('POST', `${at.core}/pods?dryRun=All`, pod);
    return String(body.message).includes('LK-NO-DEFINITION');
  }, 'pods go through Latchkey');
  const checked = await run('One namespace', 'kubectl run', at);

  t.match(checked, 'created (server dry run)');
  t.equal((await secret('db')).metadata.resourceVersion, before.metadata.resourceVersion, 'untouched');
});

t.test('seal with either', async (t) => {
  await run('Seal with either', 'seal cert', at);

  await eventually(async () => dataOf(await secret('db'))['password'] === 'canary-2', 'the new value');
  t.pass('sealed-secrets opened what latchkey sealed');
});

t.test('what is sealed for the namespace moves into the workload', async (t) => {
  const heading = 'Annotations instead of SealedSecrets';
  await sealed('api', 'canary-api');
  const pods = deployment({ name: 'api', annotations: {}, serviceAccount: 'default', spec: uses('api') });
  const metadata = { ...pods.metadata, namespace: at.name };
  const file = join(files, 'api-app.yaml');
  await writeFile(file, JSON.stringify({ ...pods, apiVersion: 'apps/v1', kind: 'Deployment', metadata }));
  await shell(`kubectl apply -f ${files}`);
  await podsOf(api, at, 'api', 1);

  await run(heading, 'get secret api', at);
  const report = await run(heading, 'migrate -f', at);
  const [managed = ''] = (await podsOf(api, at, 'api', 1)).flatMap(secretsOf);

  t.match(report, 'converted: Deployment');
  t.match(await readFile(file, 'utf8'), 'latchkey.dev/env.password');
  t.strictSame(Object.values(dataOf(await secret(managed))), ['canary-api']);
});

t.test('sealed-secrets is switched off, and Latchkey keeps its Secrets', async (t) => {
  await run('Switch sealed-secrets off', '--replicas=0', at);
  await theirs.follow();
  await run('Switch sealed-secrets off', 'take-over', at);
  const taken = await secret('db');
  const { certificate } = await sealOffline('db', 'canary-3');
  await shell(`kubectl apply -f ${files}`);
  await restarted(() => shell(`kubectl rollout restart deployment shop -n ${at.name}`));
  await eventually(
    async () => dataOf(await secret('db'))['password'] === 'canary-3',
    'the next roll-out brings it',
  );
  await sealOffline('fresh', 'canary-4', certificate);
  await shell(`kubectl apply -f ${files}`);
  const pods = deployment({ name: 'fresh', annotations: {}, serviceAccount: 'default', spec: uses('fresh') });
  await api.create(`${at.apps}/deployments`, pods);
  await podsOf(api, at, 'fresh', 1);

  t.equal(taken.metadata.labels['latchkey.dev/adopted'], 'sealed-secret');
  t.strictSame(dataOf(await secret('fresh')), { password: 'canary-4' });
  t.strictSame(release.aws.calls, [], `nobody asked AWS in ${REGION}`);
});

/** With the certificate from before, while nobody answers. */
async function sealOffline(name: string, value: string, certificate = 'sealing.pem') {
  const make = `kubectl create secret generic ${name} -n ${at.name} --from-literal=password=${value} --dry-run=client -o yaml`;
  const text = await shell(`${make} | latchkey seal --cert ${certificate}`);
  await writeFile(join(files, `${name}.yaml`), text);
  return { certificate };
}

t.test("keys of Latchkey's own take the place of the old ones", async (t) => {
  const heading = "Keys of Latchkey's own";
  await run(heading, 'ownKeys', at);
  await release.controller.stop();
  await release.controller.start();
  await eventually(async () => (await keysIn(installed)).length === 1, 'the controller makes a key');
  await rolledOut();
  ours = await proxyService(api, {
    ...{ namespace: installed, name: `${installed}-sealing`, port: 'http' },
    target: () => serve.healthUrl(),
  });
  const old = await readFile(join(files, 'db.yaml'), 'utf8');
  const oldReference = await readFile(join(files, 'api-app.yaml'), 'utf8');

  await run(heading, 'fetch-cert', at);
  await run(heading, 're-encrypt', at);
  await run(heading, 'retired', at);
  await run(heading, 'latchkey-keys.yaml', at);
  await sealOffline('own', 'canary-5');
  await shell(`kubectl apply -f ${files}`);
  await shell(`kubectl delete secret db -n ${at.name}`);
  await restarted(() => shell(`kubectl rollout restart deployment shop -n ${at.name}`));
  await eventually(() => present('db'), 'opened with the new key');
  const pods = deployment({ name: 'own', annotations: {}, serviceAccount: 'default', spec: uses('own') });
  await api.create(`${at.apps}/deployments`, pods);
  await podsOf(api, at, 'own', 1);

  const read = async (file: string) => await readFile(join(directory, file), 'utf8');
  t.equal((await read('the-same.pem')).trim(), (await read('sealing.pem')).trim());
  t.not(await readFile(join(files, 'db.yaml'), 'utf8'), old);
  t.not(await readFile(join(files, 'api-app.yaml'), 'utf8'), oldReference, 'references are sealed anew too');
  const [managed = ''] = (await podsOf(api, at, 'api', 1)).flatMap(secretsOf);
  t.strictSame(Object.values(dataOf(await secret(managed))), ['canary-api']);
  t.strictSame(dataOf(await secret('db')), { password: 'canary-3' });
  t.strictSame(dataOf(await secret('own')), { password: 'canary-5' });
});

t.test('and back', async (t) => {
  const before = await secret('own');
  await run('Back to sealed-secrets', '--replicas=1', at);
  await theirs.follow();
  await run('Back to sealed-secrets', 're-encrypt', at);
  await run('One namespace', 'adoption-', at);
  await eventually(async () => {
    const objects = await api.list(sealedSecretsOf(at.name));
    return objects.every(({ status, metadata }) => status?.observedGeneration === metadata.generation);
  }, 'sealed-secrets has seen them all');
  const objects = await api.list(sealedSecretsOf(at.name));
  await sealed('last', 'canary-6');
  await shell(`kubectl apply -f ${files}`);
  await eventually(() => present('last'), 'sealed-secrets makes Secrets again');

  for (const { status, metadata } of objects) t.equal(status.conditions[0].status, 'True', metadata.name);
  const after = await secret('own');
  t.equal(after.metadata.uid, before.metadata.uid);
  t.strictSame(dataOf(after), { password: 'canary-5' });
  t.equal(after.metadata.labels?.['latchkey.dev/adopted'], undefined, 'it is theirs');
});

t.test('its chart leaves kind and keys', async (t) => {
  await run('Uninstall sealed-secrets', 'helm uninstall', at);

  t.equal((await api.send('GET', sealedSecretsOf(at.name))).status, 200);
  t.not((await keysIn('kube-system')).length, 0);
});

t.test('every other command of the page only names things', async (t) => {
  t.strictSame(
    left().filter((text) => !text.startsWith('NS=')),
    [],
  );
});
