// The manifests of people and what `latchkey migrate` makes of them, both admitted by a real API server and the webhook: programs see the
// same variables and files, computed from the stored pods and Secrets.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';

import type { ManifestObject } from '../../../../src/manifests/objects.ts';
import type { StoreFile } from '../../../../src/stores/store-file.ts';
import {
  type Application,
  fetched,
  fillAws,
  objectsIn,
  podsIn,
  readStoreFile,
  seen,
  titleOf,
  withoutOurs,
} from '../../../migrate/application.ts';
import { type Case, casesOf, differencesIn, filesBelow, streamOf } from '../../../migrate/cases.ts';
import { differencesOf, linesOf } from '../../../migrate/compare.ts';
import { builtProgram } from '../../../support/built-program.ts';
import { ROLE, startFetchPod } from '../../../support/fetch-pod.ts';
import { runPod, type SecretData } from '../../../support/kubelet.ts';
import { clusterApi, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { installEso, installKes, removeKes } from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { holdKesKind } from '../../support/kes-kind.ts';
import { accountOf, roleArn, type TestNamespace } from '../../support/namespaces.ts';
import { base64 } from '../../support/objects.ts';

const CASES = ['article-000', 'article-002', 'article-004', 'kes-env-from', 'kes-volumes'];
/** Of which every use is converted: then no definition is needed any more. */
const WHOLE = ['article-000', 'article-002', 'article-004'];
const PLURALS: Readonly<Record<string, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
};
const REGIONS = [REGION, 'ap-northeast-1'];
const SERVICE_ROLE = 'arn:aws:iam::11111111:role/my-service-role';

const freeKind = await holdKesKind(clusterApi());
await installKes(clusterApi());
await installEso(clusterApi());
const installation = await startInstallation({ adoption: true, flags: ['--allow-static-keys'] });
const { api, aws } = installation;
t.teardown(async () => {
  await installation.close();
  await removeKes(api);
  await freeKind();
});

/** A cluster-wide store has a name of its own, as other tests have theirs. */
function copyOf(t: Test, { folder }: Case): string {
  const copy = t.testdir({});
  cpSync(join(folder, 'before'), copy, { recursive: true });
  const id = randomUUID().slice(0, 8);
  for (const [path, text] of Object.entries(filesBelow(copy)))
    writeFileSync(join(copy, path), text.replaceAll('secretstore-sample', `secretstore-${id}`));
  return copy;
}

/** The shipped program, as a person runs it. It ends with 1 where something stays as it is. */
async function migrate(folder: string): Promise<void> {
  const args = [builtProgram(), 'migrate', '-f', folder, '--write'];
  await promisify(execFile)(process.execPath, args, { env: {} }).catch((error: { code: unknown }) => {
    if (error.code !== 1) throw error;
  });
}

async function defaultWithRole({ name, core }: TestNamespace): Promise<string> {
  const arn = roleArn(aws, name, 'default');
  aws.role(arn, { trust: [{ subject: `system:serviceaccount:${name}:default` }] });
  await api.patch(`${core}/serviceaccounts/default`, accountOf('default', arn));
  return arn;
}

/** The service accounts that the pods name, each with a role, and what the articles' definitions need besides. */
async function accountsFor(namespace: TestNamespace, objects: readonly ManifestObject[]) {
  const names = new Set(podsIn(objects).map(({ serviceAccountName }) => serviceAccountName));
  const arns: string[] = [];
  for (const name of names)
    arns.push(name === 'default' ? await defaultWithRole(namespace) : await namespace.account(name));
  aws.role(SERVICE_ROLE, { trust: arns.map((roleArn) => ({ roleArn })) });
  const keys = `arn:aws:iam::${aws.account}:role/${namespace.name}-keys`;
  aws.role(keys, {});
  const { accessKeyId, secretAccessKey } = aws.userKeys(keys);
  const data = { 'access-key': base64(accessKeyId), 'secret-access-key': base64(secretAccessKey) };
  await api.create(`${namespace.core}/secrets`, { metadata: { name: 'awssm-secret' }, data });
}

async function apply(t: Test, { name: namespace }: TestNamespace, object: ManifestObject): Promise<void> {
  const plural = PLURALS[object.kind];
  if (plural === undefined) return;
  const wide = object.kind === 'ClusterSecretStore';
  const path = `/apis/${object.apiVersion}/${wide ? '' : `namespaces/${namespace}/`}${plural}`;
  // Both sides have the cluster-wide one.
  const { status, body } = await api.send('POST', path, object.value);
  if (status !== 201 && !(wide && status === 409)) throw new Error(String(body.message));
  if (wide) t.teardown(() => api.send('DELETE', `${path}/${object.name}`));
}

async function secretsIn({ core }: TestNamespace): Promise<ReadonlyMap<string, SecretData>> {
  const secrets = await api.list(`${core}/secrets`);
  return new Map(
    secrets.map(({ metadata, data }) => [
      metadata.name,
      new Map(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(String(value), 'base64')])),
    ]),
  );
}

/** The cases leave them out, as no program sees them. */
function withImages({ spec, ...pod }: Json): Json {
  const filled = (containers: readonly Json[] = []) =>
    containers.map((container) => ({ image: 'registry.example.com/app:1', ...container }));
  const initContainers = filled(spec.initContainers);
  return { ...pod, spec: { ...spec, initContainers, containers: filled(spec.containers) } };
}

interface Admitted {
  /** As stored, by the titles of their workloads. */
  readonly pods: readonly (readonly [title: string, pod: Json])[];
  readonly secrets: ReadonlyMap<string, SecretData>;
}

/** Definitions and pods, in a namespace of their own with these annotations. */
async function admitted(
  t: Test,
  text: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<Admitted> {
  const labels = { 'latchkey.dev/adoption': 'enabled' };
  const namespace = await installation.namespace({ labels, annotations });
  const objects = objectsIn(text);
  await accountsFor(namespace, objects);
  for (const object of objects) await apply(t, namespace, object);
  const pods: (readonly [string, Json])[] = [];
  for (const { template, json } of podsIn(objects)) {
    const name = `${template.object.kind}-${template.object.name}`.toLowerCase();
    const metadata = { ...(json['metadata'] as object), name, namespace: namespace.name };
    const stored = await api.create(`${namespace.core}/pods`, { ...withImages(json), metadata });
    pods.push([titleOf(template.object), stored]);
  }
  return { pods, secrets: await secretsIn(namespace) };
}

function applicationOf({ pods, secrets }: Admitted): Application {
  return Object.fromEntries(
    pods.map(([title, pod]) => [title, seen(() => withoutOurs(runPod(pod, secrets)))]),
  );
}

/** With `memory`: `latchkey fetch` as a process, on the plans that are in the stored pods, and no Secret. */
async function fetchedApplicationOf(t: Test, { pods }: Admitted, store: StoreFile): Promise<Application> {
  const found: Record<string, Application[string]> = {};
  for (const [title, pod] of pods) {
    const fetchPod = await startFetchPod(t);
    fillAws(fetchPod.aws, store, REGIONS);
    fetchPod.aws.role(SERVICE_ROLE, { trust: [{ roleArn: ROLE }] });
    const left = await fetched(t, pod, fetchPod);
    found[title] = seen(() => withoutOurs(runPod(pod, new Map(), left)));
  }
  return found;
}

/** That every pod starts, and that it sees something. */
function checkStarts(t: Test, application: Application): void {
  t.not(linesOf(application).size, 0, 'programs see something');
  for (const [workload, containers] of Object.entries(application))
    t.equal(typeof containers, 'object', `${workload} starts`);
}

function madeByAnnotations({ secrets }: Admitted): readonly string[] {
  return [...secrets.keys()].filter((name) => name.startsWith('latchkey-'));
}

for (const each of casesOf('annotations').filter(({ name }) => CASES.includes(name))) {
  t.test(`${each.name}: adopted and migrated, programs see the same`, async (t) => {
    const store = readStoreFile(readFileSync(join(each.folder, 'store.yaml'), 'utf8'));
    fillAws(aws, store, REGIONS);
    const folder = copyOf(t, each);
    const original = streamOf(folder);
    await migrate(folder);
    const converted = streamOf(folder);

    const before = await admitted(t, original);
    const after = await admitted(t, converted);

    checkStarts(t, applicationOf(before));
    checkStarts(t, applicationOf(after));
    t.strictSame(differencesOf(applicationOf(before), applicationOf(after)), differencesIn(each.folder));
    t.strictSame(madeByAnnotations(before), []);
    t.not(madeByAnnotations(after).length, 0);
    if (!WHOLE.includes(each.name)) return;
    t.equal(after.secrets.size, madeByAnnotations(after).length + 1, 'but for the keys, no other Secret');

    const fetching = await admitted(t, converted, { 'latchkey.dev/default-delivery': 'memory' });
    const application = await fetchedApplicationOf(t, fetching, store);

    checkStarts(t, application);
    t.strictSame(differencesOf(applicationOf(before), application), [], 'fetched by a process');
    t.equal(fetching.secrets.size, 1, 'but for the keys, no Secret');
  });
}
