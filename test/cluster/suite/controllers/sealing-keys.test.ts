// Sealing keys of Latchkey's own, in a cluster without sealed-secrets: the controller makes and renews them, the webhook opens
// with them and publishes their certificate.

import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import { labelOf } from '../../../../src/sealed/scope.ts';
import { sealValue } from '../../../../src/sealed/seal-value.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { startController } from '../../support/controller.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallation } from '../../support/installation.ts';
import { dataOf, podOf } from '../../support/objects.ts';
import { installSealedSecrets, sealedSecretsOf } from '../../support/sealed-secrets.ts';

const LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';

await installSealedSecrets(clusterApi());
const installation = await startInstallation({
  adoption: true,
  controller: true,
  ownSealingKeys: true,
  values: { sealing: { ownKeys: { enabled: true, renewal: '1s' } } },
});
const { api, release, webhook, builtIn } = installation;
const directory = await mkdtemp(join(tmpdir(), 'latchkey-sealing-keys-'));
t.teardown(async () => {
  await installation.close();
  await rm(directory, { recursive: true });
});

async function keys(): Promise<readonly Json[]> {
  return await api.list(`/api/v1/namespaces/${release.name}/secrets?labelSelector=${LABEL}=active`);
}

function certificateIn(secret: Json): string {
  return String(dataOf(secret)['tls.crt']).trim();
}

/** What the webhook gives to whoever asks. */
async function published(): Promise<string> {
  return (await (await fetch(`${webhook.healthUrl}/v1/cert.pem`)).text()).trim();
}

async function sealed(namespace: string, name: string, value: string): Promise<void> {
  const { publicKey } = new X509Certificate(await published());
  const label = labelOf({ scope: 'strict', namespace, name });
  const password = await sealValue(new TextEncoder().encode(value), label, publicKey);
  await api.create(sealedSecretsOf(namespace), {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name },
    spec: { encryptedData: { password } },
  });
}

t.test('a key is made, its certificate is published, and what it sealed opens', async (t) => {
  const namespace = await installation.namespace({ labels: { 'latchkey.dev/adoption': 'enabled' } });
  await eventually(async () => (await keys()).length > 0, 'a key is made');
  const [first] = await keys();
  await eventually(async () => (await published()) === certificateIn(first), 'it is published');
  await sealed(namespace.name, 'before', 'canary-before');
  t.match(first, { type: 'kubernetes.io/tls', immutable: true, metadata: { labels: { [LABEL]: 'active' } } });

  // The next leader looks at once, and then not for an hour: by then the key must be too old. Its time is in whole seconds.
  await builtIn?.controller.stop();
  await eventually(() => Date.now() - Date.parse(first.metadata.creationTimestamp) >= 1_000, 'it is too old');
  const next = await startController(api, release, { directory });
  t.teardown(() => next.stop());
  await eventually(async () => (await keys()).length > 1, 'a newer key is made');
  await eventually(async () => (await published()) !== certificateIn(first), 'the newer one is published');
  await sealed(namespace.name, 'after', 'canary-after');

  for (const name of ['before', 'after']) {
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: 'password' } } }];
    const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
    const pod = podOf({ name, annotations: {}, serviceAccount: 'default', spec });
    const { status, body } = await api.send('POST', `${namespace.core}/pods`, pod);
    t.equal(status, 201, body.message);
    const secret = await api.get(`${namespace.core}/secrets/${name}`);
    t.strictSame(dataOf(secret), { password: `canary-${name}` });
  }
});
