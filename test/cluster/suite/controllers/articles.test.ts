// The manifests that people printed, before an AWS that no one here wrote, where there is one: applied as they stand, their slips of layout
// mended, Deployment first.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import { filesBelow } from '../../../migrate/cases.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { startAws } from '../../support/aws.ts';
import { CLUSTER_STORES, installEso, installKes, removeKes } from '../../support/definitions.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { holdKesKind } from '../../support/kes-kind.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { base64, dataOf, podsOf } from '../../support/objects.ts';

const PRINTED = join(import.meta.dirname, '../../../fixtures/migrate/annotations');
const ADOPTION = { labels: { 'latchkey.dev/adoption': 'enabled' } };

const before = clusterApi();
const freeKind = await holdKesKind(before);
await Promise.all([installKes(before), installEso(before)]);
const installation = await startInstallationOn(await startAws(), {
  adoption: true,
  flags: ['--allow-static-keys'],
});
const { api, aws } = installation;
t.teardown(async () => {
  await installation.close();
  await removeKes(before);
  await freeKind();
});

/** Deployments first, as Helm and Argo CD apply kinds that they do not know last. */
function printed(article: string): readonly Json[] {
  const texts = Object.values(filesBelow(join(PRINTED, article, 'before')));
  const objects: readonly Json[] = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS()),
  );
  return objects.toSorted((a, b) => Number(b.kind === 'Deployment') - Number(a.kind === 'Deployment'));
}

/** A Deployment of today needs a selector, and a service account that has a role. */
function mended({ metadata, spec }: Json): Json {
  const labels = { app: metadata.name };
  const { metadata: ofPod, spec: pod } = spec.template;
  const template = { metadata: { ...ofPod, labels }, spec: { ...pod, serviceAccountName: 'app' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels: labels }, template },
  };
}

async function apply({ name, apps }: TestNamespace, object: Json): Promise<void> {
  const { apiVersion, kind } = object;
  if (kind === 'Deployment') await api.create(`${apps}/deployments`, mended(object));
  else if (kind === 'ClusterSecretStore')
    await api.create(CLUSTER_STORES.replace('external-secrets.io/v1', apiVersion), object);
  else await api.create(`/apis/${apiVersion}/namespaces/${name}/externalsecrets`, object);
}

/** What the Secret holds once the article's Deployment has its pod. */
async function secretOf(namespace: TestNamespace, name: string, secret = name): Promise<Json> {
  await podsOf(api, namespace, name, 1);
  return dataOf(await api.get(`${namespace.core}/secrets/${secret}`));
}

t.test('the form of the first releases of KES, and a variable', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  await namespace.account('app');
  await aws.putParameter('/staging/test-app/TEST_VALUE', 'canary-test');

  for (const object of printed('article-000')) await apply(namespace, object);

  t.strictSame(await secretOf(namespace, 'test-app'), { 'test-value': 'canary-test' });
});

t.test('a role for the service, and a volume', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const own = await namespace.account('app', { allow: [] });
  const [definition] = printed('article-002').filter(({ kind }) => kind === 'ExternalSecret');
  aws.role(definition.spec.roleArn, { trust: [{ roleArn: own }] });
  const theirs = await aws.inAccount('11111111');
  t.teardown(() => theirs.close());
  await theirs.putParameter('/path/to/my/service/some/secret', 'canary-service');

  for (const object of printed('article-002')) await apply(namespace, object);

  t.strictSame(await secretOf(namespace, 'my-service', 'my-service-secret'), {
    'some-secret': 'canary-service',
  });
});

t.test('a store for the cluster, with keys in a Secret', async (t) => {
  const namespace = await installation.namespace(ADOPTION);
  const role = await namespace.account('app');
  const { accessKeyId, secretAccessKey } = aws.userKeys(role);
  await api.create(`${namespace.core}/secrets`, {
    metadata: { name: 'awssm-secret' },
    data: { 'access-key': base64(accessKeyId), 'secret-access-key': base64(secretAccessKey) },
  });
  await aws.putSecret('provider-key', '{"provider-key-property":"canary-provider"}', {
    region: 'ap-northeast-1',
    stages: ['AWSCURRENT', 'provider-key-version'],
  });
  // Other files have a cluster-wide store of this name.
  const store = `secretstore-sample-${randomUUID().slice(0, 8)}`;
  t.teardown(() => api.send('DELETE', `${CLUSTER_STORES}/${store}`));
  const renamed: readonly Json[] = JSON.parse(
    JSON.stringify(printed('article-004')).replaceAll('secretstore-sample', store),
  );

  for (const object of renamed) await apply(namespace, object);

  t.strictSame(await secretOf(namespace, 'example', 'secret-to-be-created'), {
    'secret-key-to-be-managed': 'canary-provider',
  });
});
