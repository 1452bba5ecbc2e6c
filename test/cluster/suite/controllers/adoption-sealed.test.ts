// SealedSecrets, opened before pods need them, on a real API server with its controllers.

import t from 'tap';

import { clusterApi, type Json } from '../../support/api.ts';
import { installSealedSecrets } from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { dataOf, deployment, podOf, podsOf } from '../../support/objects.ts';
import { addKey, keyNamespace, makeKey, sealedSecret } from '../../support/sealing-keys.ts';

const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };
const administrator = clusterApi();
await installSealedSecrets(administrator);
const keys = await keyNamespace(administrator);
const key = await makeKey();
await addKey(administrator, keys, key);
const installation = await startInstallation({
  adoption: true,
  flags: ['--sealing-key-namespaces', keys],
  values: { sealing: { keyNamespaces: [keys] } },
});
t.teardown(async () => {
  await installation.close();
  await administrator.send('DELETE', `/api/v1/namespaces/${keys}`);
});
const { api, aws } = installation;

function uses(secret: string): Json {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } }];
  return { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
}

function sealedSecretsOf(namespace: string): string {
  return `/apis/bitnami.com/v1alpha1/namespaces/${namespace}/sealedsecrets`;
}

t.test(
  'a deployment that comes before its SealedSecret starts with its Secret, and AWS is not asked',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    const place = { namespace: namespace.name, name: 'db' };
    const sealed = await sealedSecret(key, place, { password: 'canary-sealed' });
    aws.forgetCalls();

    const spec = uses('db');
    await api.create(
      `${namespace.apps}/deployments`,
      deployment({ name: 'shop', annotations: {}, serviceAccount: 'default', spec }),
    );
    const { metadata } = await api.create(sealedSecretsOf(namespace.name), sealed);
    await podsOf(api, namespace, 'shop', 1);

    const secret = await api.get(`${namespace.core}/secrets/db`);
    t.strictSame(dataOf(secret), { password: 'canary-sealed' });
    t.match(secret.metadata.ownerReferences, [
      { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'db', uid: metadata.uid },
    ]);
    t.equal(aws.count(), 0);
  },
);

t.test(
  'a value that was sealed for another namespace does not open, and the refusal says where it was tried',
  async (t) => {
    const namespace = await installation.namespace(ADOPTION);
    const elsewhere = await sealedSecret(key, { namespace: 'elsewhere', name: 'db' }, { password: 'canary' });
    elsewhere.metadata.namespace = namespace.name;
    await api.create(sealedSecretsOf(namespace.name), elsewhere);

    const pod = podOf({ name: 'alone', annotations: {}, serviceAccount: 'default', spec: uses('db') });
    const { status, body } = await api.send('POST', `${namespace.core}/pods`, pod);

    t.equal(status, 403);
    t.match(body.message, `for ${namespace.name}/db`);
    t.match(body.message, '[LK-SEALED]');
    t.notMatch(body.message, 'canary');
  },
);
