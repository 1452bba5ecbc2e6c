// Definitions of every kind in one namespace at once, as a cluster has them in the middle of a move.

import t from 'tap';

import { fillVolumes } from '../../../support/filled-volumes.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import {
  definitionsOf,
  eso,
  installEso,
  installKes,
  installProviderClasses,
  kes,
  providerClass,
  providerClassesOf,
  removeKes,
  store,
} from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { holdKesKind } from '../../support/kes-kind.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { dataOf, deployment, podsOf } from '../../support/objects.ts';
import { installSealedSecrets, sealedSecretsOf } from '../../support/sealed-secrets.ts';
import { addKey, keyNamespace, makeKey, sealedSecret } from '../../support/sealing-keys.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };

const before = clusterApi();
const freeKind = await holdKesKind(before);
await Promise.all([installEso(before), installSealedSecrets(before), installProviderClasses(before)]);
await installKes(before);
const keys = await keyNamespace(before);
const key = await makeKey();
await addKey(before, keys, key);
const installation = await startInstallation({
  adoption: true,
  flags: ['--sealing-key-namespaces', keys],
  values: { adoption: { enabled: true }, sealing: { keyNamespaces: [keys] } },
});
t.teardown(async () => {
  await installation.close();
  await removeKes(before);
  await freeKind();
});
const { api, aws } = installation;
for (const kind of ['kes', 'eso', 'ascp'])
  aws.ssm.put(`/shop/${kind}`, `canary-of-${kind}`, { region: REGION });

const OBJECTS = `
- { objectName: /shop/ascp, objectType: ssmparameter, objectAlias: password }
`;

function secretObjects(secretName: string): Json {
  return [{ secretName, type: 'Opaque', data: [{ objectName: 'password', key: 'password' }] }];
}

async function define(namespace: TestNamespace): Promise<void> {
  const at = definitionsOf(namespace.name);
  const place = { namespace: namespace.name, name: 'of-sealed' };
  await api.create(at.stores, store('SecretStore', 'aws'));
  await Promise.all([
    api.create(at.kes, kes('of-kes', '/shop/kes', { region: REGION })),
    api.create(at.eso, eso('of-eso', '/shop/eso')),
    api.create(
      providerClassesOf(namespace.name),
      providerClass('class', OBJECTS, { secretObjects: secretObjects('of-ascp') }),
    ),
    api.create(
      sealedSecretsOf(namespace.name),
      await sealedSecret(key, place, { password: 'canary-of-sealed' }),
    ),
  ]);
}

const SECRETS = ['of-kes', 'of-eso', 'of-ascp', 'of-sealed'];

/** Variables of every kind's Secret, one of an annotation, and a volume of the driver. */
function app(): Json {
  const env = SECRETS.map((name) => ({
    name: name.toUpperCase().replace('-', '_'),
    valueFrom: { secretKeyRef: { name, key: 'password' } },
  }));
  const csi = {
    driver: 'secrets-store.csi.k8s.io',
    readOnly: true,
    volumeAttributes: { secretProviderClass: 'class' },
  };
  const volumeMounts = [{ name: 'files', mountPath: '/mnt/secrets', readOnly: true }];
  return deployment({
    name: 'app',
    annotations: { 'latchkey.dev/env.OF_ANNOTATION': 'ssm:/shop/kes' },
    spec: {
      securityContext: { fsGroup: 2000 },
      volumes: [{ name: 'files', csi }],
      containers: [{ name: 'app', image: 'registry.example.com/app:1', env, volumeMounts }],
    },
  });
}

t.test(
  'a pod with Secrets of every kind, a volume of the driver and an annotation starts at once',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    await namespace.account('app');
    await define(namespace);

    await api.create(`${namespace.apps}/deployments`, app());
    const [pod] = await podsOf(api, namespace, 'app', 1);

    for (const name of SECRETS) {
      const secret = await api.get(`${namespace.core}/secrets/${name}`);
      t.strictSame(dataOf(secret), { password: `canary-${name}` });
    }
    const [container] = pod.spec.containers;
    t.strictSame(
      container.env.map((entry: Json) => entry.name),
      ['OF_ANNOTATION', 'OF_KES', 'OF_ESO', 'OF_ASCP', 'OF_SEALED'],
    );
    const reference = container.env[0].valueFrom.secretKeyRef;
    const managed = await api.get(`${namespace.core}/secrets/${reference.name}`);
    t.equal(dataOf(managed)[reference.key], 'canary-of-kes');
    const { status } = await api.create(`${namespace.core}/serviceaccounts/app/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 3600 },
    });
    const { code, files, stderr } = await fillVolumes(pod, { token: status.token });
    t.equal(code, 0, stderr);
    const bytes = Object.entries(files).map(([path, file]) => [path, file.bytes.toString('utf8')]);
    t.strictSame(Object.fromEntries(bytes), { 'files/password': 'canary-of-ascp' });
  },
);

t.test('two kinds that make one Secret: the pod is refused, and both are named', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await define(namespace);
  await api.create(definitionsOf(namespace.name).eso, eso('of-ascp', '/shop/eso'));

  const { spec } = app().spec.template;
  const { status, body } = await api.send('POST', `${namespace.core}/pods`, {
    metadata: { name: 'alone' },
    spec,
  });

  t.equal(status, 403, body.message);
  t.match(body.message, 'ExternalSecret.external-secrets.io "of-ascp"');
  t.match(body.message, 'SecretProviderClass.secrets-store.csi.x-k8s.io "class"');
  t.notMatch(body.message, 'of-sealed');
});
