// Secrets that no pod refers to, made and kept by the controller, on a real API server with the chart's rights and policies.
// Those of kubernetes-external-secrets are where its kind is: in adoption-kes.test.ts.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import { builtProgram } from '../../../support/built-program.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION, startDouble } from '../../support/aws.ts';
import {
  CLUSTER_STORES,
  definitionsOf,
  eso,
  installEso,
  installProviderClasses,
  providerClass,
  providerClassesOf,
  store,
} from '../../support/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { apiAs } from '../../support/kubeconfig.ts';
import { createKubectl } from '../../support/kubectl.ts';
import { base64, dataOf } from '../../support/objects.ts';
import { installSealedSecrets } from '../../support/sealed-secrets.ts';
import { addKey, keyNamespace, makeKey, sealedSecret } from '../../support/sealing-keys.ts';

const OWN = 'arn:aws:iam::111122223333:role/latchkey-controller';
const MATERIALIZE = { labels: { 'latchkey.dev/adoption': 'materialize' } };
const MARK = { 'latchkey.dev/materialize': 'true' };
const administrator = clusterApi();
const kubectl = createKubectl();
const id = randomUUID().slice(0, 8);

const directory = await mkdtemp(join(tmpdir(), 'latchkey-materialize-'));
const policyFile = join(directory, 'policy.yaml');
const rule = "{ namespaces: { names: ['test-*'] }, names: ['ssm:/shop/**', 'sealed:*'] }";
await writeFile(policyFile, `version: 1\nrules:\n  - ${rule}\n`);
await Promise.all([
  installEso(administrator),
  installSealedSecrets(administrator),
  installProviderClasses(administrator),
]);
const keys = await keyNamespace(administrator);
const key = await makeKey();
await addKey(administrator, keys, key);
const aws = await startDouble();
const installation = await startInstallationOn(aws, {
  adoption: true,
  controller: true,
  flags: ['--sealing-key-namespaces', keys],
  values: {
    adoption: { enabled: true, materialize: { enabled: true } },
    sealing: { keyNamespaces: [keys] },
    aws: { endpointUrl: aws.url, region: REGION },
    identity: { mode: 'controller' },
    policy: { existingConfigMap: 'mounted-where-there-are-nodes' },
  },
  controllerRole: OWN,
  controllerFlags: { '--policy-file': policyFile },
});
t.teardown(async () => {
  await installation.close();
  await administrator.send('DELETE', `/api/v1/namespaces/${keys}`);
  await rm(directory, { recursive: true });
});
const { api } = installation;

function sealedSecretsOf(namespace: string): string {
  return `/apis/bitnami.com/v1alpha1/namespaces/${namespace}/sealedsecrets`;
}

async function has(core: string, name: string, data: Readonly<Record<string, string>>): Promise<void> {
  await eventually(async () => {
    const { status, body } = await api.send('GET', `${core}/secrets/${name}`);
    return status === 200 && JSON.stringify(dataOf(body)) === JSON.stringify(data);
  }, `Secret ${name} with what it should hold`);
}

/** The first Event of a reason about a definition. */
async function eventOf(core: string, name: string, reason: string): Promise<Json> {
  let found: Json;
  await eventually(async () => {
    const events = await api.list(`${core}/events`);
    found = events.find((event) => event.involvedObject.name === name && event.reason === reason);
    return found !== undefined;
  }, `${reason} about ${name}`);
  return found;
}

async function marked(definition: Promise<Json>, annotations: Json = MARK): Promise<Json> {
  const { metadata, ...rest } = await definition;
  return { ...rest, metadata: { ...metadata, annotations } };
}

t.test(
  "Argo CD's credentials: make a Secret, seal it, apply it, and kubectl get secret shows it",
  async (t) => {
    const { name: namespace, core } = await installation.namespace(MATERIALIZE);
    const sealedFile = join(directory, 'repo-sealed.json');
    const certFile = join(directory, 'sealing.pem');
    await writeFile(certFile, key.certificate);
    const secretFile = join(directory, 'repo-secret.json');
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, 'canary-hogehoge');
    const made = await kubectl(
      ...['create', 'secret', 'generic', 'repo-password', '-n', namespace, '--dry-run=client', '-o', 'json'],
      ...[`--from-file=password=${passwordFile}`, '--from-literal=url=https://git.example/deploy.git'],
    );
    const { metadata, ...rest } = JSON.parse(made);
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
    await writeFile(secretFile, JSON.stringify({ ...rest, metadata: { ...metadata, labels } }));

    const seal = spawnSync(
      process.execPath,
      [builtProgram(), 'seal', '--cert', certFile, '-f', secretFile, '-o', 'json'],
      // None of the suite's variables: they look like flags.
      { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
    );
    t.equal(seal.status, 0, seal.stderr);
    await writeFile(sealedFile, seal.stdout);
    await kubectl('apply', '-f', sealedFile);
    await has(core, 'repo-password', {
      password: 'canary-hogehoge',
      url: 'https://git.example/deploy.git',
    });

    t.match(await kubectl('get', 'secret', '-n', namespace), 'repo-password');
    const selected = await kubectl(
      ...['get', 'secret', '-n', namespace, '-l', 'argocd.argoproj.io/secret-type=repository', '-o', 'name'],
    );
    t.equal(selected.trim(), 'secret/repo-password');
    const secret = await api.get(`${core}/secrets/repo-password`);
    t.match(secret.metadata.ownerReferences, [
      { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'repo-password', controller: true },
    ]);
    t.equal(secret.metadata.labels['latchkey.dev/adopted'], 'sealed-secret');
    await eventOf(core, 'repo-password', 'Materialized');
  },
);

t.test('a rotated key: what the old one sealed is made, and what is sealed anew replaces it', async (t) => {
  const { name: namespace, core } = await installation.namespace();
  const place = { namespace, name: 'repo' };
  await api.create(sealedSecretsOf(namespace), await marked(sealedSecret(key, place, { token: 'canary-1' })));
  await has(core, 'repo', { token: 'canary-1' });
  const { uid } = (await api.get(`${core}/secrets/repo`)).metadata;

  const newer = await makeKey();
  const resealed = await sealedSecret(newer, place, { token: 'canary-2' });
  await api.patch(`${sealedSecretsOf(namespace)}/repo`, { spec: resealed.spec });
  const refused = await eventOf(core, 'repo', 'NotMaterialized');
  t.strictSame(dataOf(await api.get(`${core}/secrets/repo`)), { token: 'canary-1' });
  await addKey(administrator, keys, newer);
  await has(core, 'repo', { token: 'canary-2' });

  t.match(refused.message, '[LK-SEALED]');
  t.notMatch(refused.message, 'canary');
  t.equal((await api.get(`${core}/secrets/repo`)).metadata.uid, uid);
});

t.test(
  'an ExternalSecret of ESO, by a lent service account: its store, its template, its changes',
  async (t) => {
    const namespace = await installation.namespace();
    const { name, core } = namespace;
    const { eso: path, stores } = definitionsOf(name);
    const lender = await namespace.account('lender');
    await api.patch(`${core}/serviceaccounts/lender`, {
      metadata: { annotations: { 'latchkey.dev/lend-to': 'SecretStore/aws' } },
    });
    await api.create(`${core}/configmaps`, {
      metadata: { name: 'template' },
      data: { 'config.yaml': 'password: {{ .password }}' },
    });
    aws.ssm.put('/shop/argocd', 'canary-eso', { region: REGION });
    const templateFrom = [{ configMap: { name: 'template', items: [{ key: 'config.yaml' }] } }];
    const target = { name: 'cluster', template: { type: 'Opaque', templateFrom } };

    await api.create(path, await marked(eso('argocd', '/shop/argocd', { target })));
    const early = await eventOf(core, 'argocd', 'NotMaterialized');
    const auth = { jwt: { serviceAccountRef: { name: 'lender' } } };
    await api.create(stores, store('SecretStore', 'aws', { auth }));
    await has(core, 'cluster', { 'config.yaml': 'password: canary-eso' });
    t.match(early.message, 'LK-NO-DEFINITION');
    t.equal(aws.calls.findLast(({ action }) => action === 'ssm:GetParameters')?.roleArn, lender);

    aws.ssm.put('/shop/argocd', 'canary-eso-2', { region: REGION });
    await api.patch(`${path}/argocd`, { metadata: { annotations: { 'force-sync': '1' } } });
    await has(core, 'cluster', { 'config.yaml': 'password: canary-eso-2' });

    await api.remove(`${core}/secrets/cluster`);
    await has(core, 'cluster', { 'config.yaml': 'password: canary-eso-2' });

    await api.patch(`${path}/argocd`, { spec: { refreshInterval: '10s' } });
    aws.ssm.put('/shop/argocd', 'canary-eso-3', { region: REGION });
    await has(core, 'cluster', { 'config.yaml': 'password: canary-eso-3' });
  },
);

t.test(
  "a store without a word reads with the controller's own role, as far as the policy goes",
  async (t) => {
    const { name, core } = await installation.namespace(MATERIALIZE);
    const { eso: path } = definitionsOf(name);
    const platform = `platform-${id}`;
    await api.create(CLUSTER_STORES, store('ClusterSecretStore', platform));
    t.teardown(() => api.send('DELETE', `${CLUSTER_STORES}/${platform}`));
    aws.ssm.put('/shop/tls', 'canary-tls', { region: REGION });
    aws.ssm.put('/other/tls', 'canary-other', { region: REGION });

    const secretStoreRef = { name: platform, kind: 'ClusterSecretStore' };
    await api.create(path, eso('tls', '/shop/tls', { secretStoreRef }));
    await api.create(path, eso('forbidden', '/other/tls', { secretStoreRef }));

    await has(core, 'tls', { password: 'canary-tls' });
    t.match((await eventOf(core, 'forbidden', 'NotMaterialized')).message, 'LK-POLICY');
    t.equal(aws.calls.findLast(({ action }) => action === 'ssm:GetParameters')?.roleArn, OWN);
    t.notOk(aws.calls.some(({ names }) => names?.includes('/other/tls')));
  },
);

t.test("what others keep is never touched, and one that is nobody's is left alone with a word", async (t) => {
  const { name, core } = await installation.namespace(MATERIALIZE);
  const { eso: path } = definitionsOf(name);
  const foreign = await api.create(path, await marked(eso('kept', '/shop/kes'), {}));
  const owner = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'kept',
    uid: foreign.metadata.uid,
    controller: true,
  };
  const data = { password: base64('canary-theirs') };
  await api.create(`${core}/secrets`, { metadata: { name: 'kept', ownerReferences: [owner] }, data });
  await api.create(`${core}/secrets`, { metadata: { name: 'mine' }, data });

  const place = { namespace: name, name: 'mine' };
  await api.create(sealedSecretsOf(name), await sealedSecret(key, place, { password: 'canary-ours' }));
  await api.create(
    sealedSecretsOf(name),
    await sealedSecret(key, { ...place, name: 'last' }, { a: 'canary' }),
  );
  const alone = await eventOf(core, 'mine', 'SecretLeftAlone');
  await has(core, 'last', { a: 'canary' });

  t.match(alone.message, 'take-over');
  for (const secret of ['kept', 'mine'])
    t.strictSame(dataOf(await api.get(`${core}/secrets/${secret}`)), { password: 'canary-theirs' }, secret);
});

t.test('a Secret that a SecretProviderClass makes too is made by neither, and both are named', async (t) => {
  const { name, core } = await installation.namespace();
  const secretObjects = [
    { secretName: 'both', type: 'Opaque', data: [{ objectName: '_shop_kes', key: 'password' }] },
  ];
  const objects = '[{ objectName: /shop/kes, objectType: ssmparameter }]';
  await api.create(providerClassesOf(name), providerClass('class', objects, { secretObjects }));
  // The controller learns of each kind on a watch of its own.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const place = { namespace: name, name: 'both' };
  await api.create(
    sealedSecretsOf(name),
    await marked(sealedSecret(key, place, { password: 'canary-ours' })),
  );

  const { message } = await eventOf(core, 'both', 'NotMaterialized');

  t.match(message, 'LK-OWNER');
  t.match(message, 'SecretProviderClass.secrets-store.csi.x-k8s.io "class"');
  t.match(message, 'SealedSecret.bitnami.com "both"');
  t.equal((await api.send('GET', `${core}/secrets/both`)).status, 404);
});

t.test('without the mark nothing is made; when it is taken away, what was made stays as it is', async (t) => {
  const { name, core } = await installation.namespace({ labels: { 'latchkey.dev/adoption': 'enabled' } });
  const seal = (text: string) => sealedSecret(key, { namespace: name, name: 'later' }, { password: text });
  const path = sealedSecretsOf(name);
  const other = await sealedSecret(key, { namespace: name, name: 'other' }, { password: 'canary-other' });
  await api.create(path, await seal('canary-1'));
  await api.create(path, await marked(other));
  await has(core, 'other', { password: 'canary-other' });
  t.equal((await api.send('GET', `${core}/secrets/later`)).status, 404, 'not marked');

  const label = (value: string) =>
    api.patch(`/api/v1/namespaces/${name}`, { metadata: { labels: { 'latchkey.dev/adoption': value } } });
  await label('materialize');
  await has(core, 'later', { password: 'canary-1' });
  await label('enabled');
  await api.patch(`${path}/later`, { spec: (await seal('canary-2')).spec });
  await api.patch(`${path}/other`, { metadata: { annotations: { again: '1' } } });
  await api.remove(`${core}/secrets/other`);
  await has(core, 'other', { password: 'canary-other' });
  t.strictSame(dataOf(await api.get(`${core}/secrets/later`)), { password: 'canary-1' });

  await api.remove(`${path}/later`);
  await eventually(
    async () => (await api.send('GET', `${core}/secrets/later`)).status === 404,
    'the Secret gone with its definition',
  );
});

t.test(
  'the policies hold the controller: other Secrets, types and namespaces are closed to it',
  async (t) => {
    const { core } = await installation.namespace();
    const { name: release } = installation.release;
    const as = { namespace: release, name: `${release}-controller` };
    const controller = await apiAs(api, as);
    await api.create(`${core}/secrets`, {
      metadata: { name: 'tenant' },
      data: { a: base64('canary-tenant') },
    });
    const tenant = await api.get(`${core}/secrets/tenant`);
    const adopted = { 'latchkey.dev/adopted': 'eso' };
    const attempts: readonly (readonly [what: string, method: string, path: string, body: Json])[] = [
      ['change', 'PUT', `${core}/secrets/tenant`, { ...tenant, data: { a: base64('x') } }],
      [
        'take over by our label',
        'PUT',
        `${core}/secrets/tenant`,
        { ...tenant, metadata: { ...tenant.metadata, labels: adopted } },
      ],
      ['make without our label', 'POST', `${core}/secrets`, { metadata: { name: 'plain' } }],
      [
        'mint a token',
        'POST',
        `${core}/secrets`,
        {
          metadata: {
            name: 'token',
            labels: adopted,
            annotations: { 'kubernetes.io/service-account.name': 'default' },
          },
          type: 'kubernetes.io/service-account-token',
        },
      ],
      [
        'write in kube-system',
        'POST',
        '/api/v1/namespaces/kube-system/secrets',
        { metadata: { name: `m-${id}`, labels: adopted } },
      ],
      [
        'ask for a token of the API server',
        'POST',
        `${core}/serviceaccounts/default/token`,
        { spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 600 } },
      ],
    ];

    for (const [what, method, path, body] of attempts) {
      const { status, body: answer } = await controller.send(method, path, body);

      t.ok(status === 403 || status === 422, `${what}: ${String(status)}`);
      t.match(answer.message, 'ValidatingAdmissionPolicy', what);
    }
  },
);
