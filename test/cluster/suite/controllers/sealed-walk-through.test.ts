// The way of a value that is sealed, as people go it, in a cluster without sealed-secrets: a key, a Secret that is sealed and
// committed, one apply of it and of the Deployment that uses it, another key, and everything sealed anew.

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';

import type { Json } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { installRelease } from '../../support/helm-release.ts';
import { dataOf, deployment, podsOf } from '../../support/objects.ts';
import { proxyService } from '../../support/proxied-service.ts';
import { installSealedSecrets } from '../../support/sealed-secrets.ts';

const KEY_LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';

const release = await installRelease();
const { api, serve, controller, name: installed, chart, directory, env } = release;
await installSealedSecrets(api);
await symlink(process.env['KUBESEAL'] ?? '', join(directory, 'bin/kubeseal'));
const at = await release.namespace();
const repository = join(directory, 'repository');
await mkdir(join(repository, 'deploy'), { recursive: true });
await shell(`kubectl label namespace ${at.name} latchkey.dev/adoption=enabled`);
const SERVICE = `--controller-namespace ${installed} --controller-name ${installed}-sealing`;
let unproxied: (() => Promise<void>) | undefined;
t.teardown(async () => {
  await unproxied?.();
  await release.close();
});

/** As a person types it, in the repository. */
async function shell(script: string): Promise<string> {
  const options = { env, cwd: repository };
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -euo pipefail\n${script}`], options);
  return stdout;
}

async function upgrade(settings: string): Promise<void> {
  await shell(`helm upgrade ${installed} ${chart} -n ${installed} --reuse-values ${settings}`);
  await controller.stop();
  await controller.start();
}

/** The API server leads to the webhook by the Service, until helm gives it its selector back. */
async function reachable(): Promise<void> {
  await unproxied?.();
  unproxied = await proxyService(api, {
    ...{ namespace: installed, name: `${installed}-sealing`, port: 'http' },
    target: () => serve.healthUrl(),
  });
}

async function activeKeys(): Promise<readonly Json[]> {
  return await api.list(`/api/v1/namespaces/${installed}/secrets?labelSelector=${KEY_LABEL}=active`);
}

async function commit(message: string): Promise<void> {
  await shell(
    `git add . && git -c user.name=Somebody -c user.email=somebody@example.com commit -qm '${message}'`,
  );
}

async function valueInCluster(): Promise<string | undefined> {
  const { status, body } = await api.send('GET', `${at.core}/secrets/repo-password`);
  return status === 200 ? dataOf(body)['password'] : undefined;
}

t.test('a key of its own', async (t) => {
  await upgrade('--set adoption.enabled=true --set sealing.ownKeys.enabled=true');
  await eventually(async () => (await activeKeys()).length === 1, 'the controller makes a key');
  await serve.stop();
  await serve.start();
  await reachable();

  const [ours, theirs] = [
    await shell(`latchkey seal cert ${SERVICE}`),
    await shell(`kubeseal ${SERVICE} --fetch-cert`),
  ];

  const [key = {}] = await activeKeys();
  t.equal(ours.trim(), dataOf(key)['tls.crt']?.trim());
  t.equal(theirs.trim(), ours.trim());
});

for (const program of ['latchkey seal', 'kubeseal']) {
  t.test(`a Secret is sealed with ${program}, and opens`, async (t) => {
    await shell(
      `printf canary-hogehoge | kubectl create secret generic repo-password -n ${at.name} \\
        --dry-run=client --from-file=password=/dev/stdin -o json > ../repo-password-secret.json
      ${program} ${SERVICE} < ../repo-password-secret.json > deploy/repo-password-sealedsecret.json`,
    );

    const verified = await shell(`latchkey seal verify -f deploy/ ${SERVICE}`);

    t.match(verified, 'opens (1 value; strict');
    t.notMatch(
      await readFile(join(repository, 'deploy/repo-password-sealedsecret.json'), 'utf8'),
      'hogehoge',
    );
  });
}

t.test('it is committed, and one apply brings the Deployment and what it uses', async (t) => {
  const envFrom = [{ secretRef: { name: 'repo-password' } }];
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1', envFrom }] };
  const pods = deployment({ name: 'app', annotations: {}, serviceAccount: 'default', spec });
  const file = join(repository, 'deploy/app.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', ...pods }));
  await shell('git init -q');
  await commit('Use the password');

  await shell(`kubectl apply -n ${at.name} -f deploy/`);
  await podsOf(api, at, 'app', 1);

  t.equal(await valueInCluster(), 'canary-hogehoge');
  t.match(await shell(`kubectl get secret -n ${at.name}`), 'repo-password');
  t.equal(await shell('git grep -c hogehoge || true'), '', 'what is committed is sealed');
});

t.test('another key takes over, and the old one can go once everything is sealed anew', async (t) => {
  const [old = {}] = await activeKeys();
  const before = await readFile(join(repository, 'deploy/repo-password-sealedsecret.json'), 'utf8');
  await upgrade('--set sealing.ownKeys.renewal=1s');
  await reachable();
  await eventually(async () => (await activeKeys()).length > 1, 'the controller makes another key');
  const oldCertificate = dataOf(old)['tls.crt']?.trim();
  await eventually(
    async () => (await shell(`latchkey seal cert ${SERVICE}`)).trim() !== oldCertificate,
    'it is published',
  );

  await shell(`latchkey seal re-encrypt deploy/ ${SERVICE}`);
  await commit('Seal with the new key');
  await shell(`kubectl apply -n ${at.name} -f deploy/`);
  await shell(`kubectl get secret -n ${installed} -l ${KEY_LABEL} -o yaml > ../master.key`);
  await shell(
    `kubectl label secret -n ${installed} ${old['metadata'].name} --overwrite ${KEY_LABEL}=compromised`,
  );
  await shell(`kubectl delete secret -n ${at.name} repo-password`);
  await shell(`kubectl rollout restart deployment app -n ${at.name}`);
  await eventually(async () => (await valueInCluster()) !== undefined, 'it opens with the new key');

  const after = await readFile(join(repository, 'deploy/repo-password-sealedsecret.json'), 'utf8');
  t.not(after, before);
  t.equal(await valueInCluster(), 'canary-hogehoge');
  t.match(await shell('latchkey seal verify -f deploy/ --private-key ../master.key'), 'opens (1 value');
});
