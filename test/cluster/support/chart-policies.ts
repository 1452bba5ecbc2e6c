// The chart's policies, service accounts and rights in the test cluster, without the webhooks that they are for.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { render, type Manifest } from '../../chart/render.ts';
import { createApi, type Api, type Json } from './api.ts';
import { eventually } from './eventually.ts';
import { clusterApi, defaultAccount } from './installation.ts';

export const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
export const JSON_PATCH = 'application/json-patch+json';
/** How a refusal by a policy reads. */
export const BY_POLICY = /ValidatingAdmissionPolicy/;

export interface InstalledPolicies {
  /** The administrator. */
  readonly api: Api;
  /** The chart's two users. */
  readonly serve: Api;
  readonly controller: Api;
  /** A file: that of the first. */
  readonly serveKubeconfig: string;
  /** Of the release, of its namespace, of what it registers. */
  readonly release: string;
  /** The path of the release's namespace. */
  readonly own: string;
  /** The path of a namespace that the safety net is for, its name, and the labels that make it so. */
  readonly core: string;
  readonly space: string;
  readonly labels: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface PoliciesOptions {
  /** Rights in the one namespace alone, by Roles. */
  readonly byRoles?: boolean;
  /** Values of the chart's `adoption`. */
  readonly adoption?: object;
}

export async function installPolicies(options: PoliciesOptions = {}): Promise<InstalledPolicies> {
  const api = clusterApi();
  const id = randomUUID().slice(0, 8);
  const release = `latchkey-policies-${id}`;
  const labels = { 'latchkey-policies-test': id };
  const space = `policies-${id}`;
  const [own, core] = [`/api/v1/namespaces/${release}`, `/api/v1/namespaces/${space}`];
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-policies-'));
  await api.create('/api/v1/namespaces', { metadata: { name: release } });
  await api.create('/api/v1/namespaces', { metadata: { name: space, labels } });
  await Promise.all([defaultAccount(api, core), defaultAccount(api, own)]);
  const namespaces = options.byRoles === true ? [space] : [];
  const { adoption = {} } = options;
  const values = { namespaces, adoption, webhook: { namespaceSelector: { matchLabels: labels } } };
  const installed = await createAll(api, release, values);
  const fileOf = (name: string) => kubeconfigOf(api, { own, account: `${release}-${name}`, directory });
  const [serveKubeconfig, controllerKubeconfig] = await Promise.all([fileOf('serve'), fileOf('controller')]);
  const [serve, controller] = [createApi(serveKubeconfig), createApi(controllerKubeconfig)];
  await inForce({ api, serve, controller, release, own, core });
  return {
    ...{ api, serve, controller, serveKubeconfig, release, own, core, space, labels },
    async close() {
      for (const path of [...installed.toReversed(), core, own]) await api.send('DELETE', path);
      await rm(directory, { recursive: true });
    },
  };
}

/** Their paths. */
async function createAll(api: Api, release: string, values: object): Promise<readonly string[]> {
  const installed: string[] = [];
  for (const manifest of render(values, { release, namespace: release }).all) {
    const path = pathOf(manifest, release);
    if (path === undefined) continue;
    for (const webhook of manifest.webhooks ?? []) {
      webhook.namespaceSelector = { matchLabels: { nobody: 'has' } };
    }
    await api.create(path, manifest);
    installed.push(`${path}/${manifest.metadata.name}`);
  }
  return installed;
}

function pathOf({ kind, metadata }: Manifest, release: string): string | undefined {
  const namespace = metadata.namespace ?? release;
  const own = `/api/v1/namespaces/${namespace}`;
  const plural = `${String(kind).replace(/y$/, 'ie').toLowerCase()}s`;
  if (kind === 'ServiceAccount' || kind === 'Secret') return `${own}/${plural}`;
  if (kind.startsWith('ClusterRole')) return `${RBAC}/${plural}`;
  if (kind.startsWith('Role')) return `${RBAC}/namespaces/${namespace}/${plural}`;
  return /^(Mutating|Validating)/.test(kind) ? `${ADMISSION}/${plural}` : undefined;
}

/** A kubeconfig with a token of a service account. */
async function kubeconfigOf(
  api: Api,
  at: { readonly own: string; readonly account: string; readonly directory: string },
): Promise<string> {
  const { status } = await api.create(`${at.own}/serviceaccounts/${at.account}/token`, { spec: {} });
  const cluster = { server: api.server, 'certificate-authority-data': api.caData };
  const file = join(at.directory, at.account);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    users: [{ name: 'user', user: { token: status.token } }],
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** The API server sees a policy in its own time: each is, when it refuses something. */
async function inForce(
  on: Pick<InstalledPolicies, 'api' | 'serve' | 'controller' | 'release' | 'own' | 'core'>,
): Promise<void> {
  const { api, serve, controller, release, own, core } = on;
  const token = tokenRequest({ audiences: ['other'] });
  const change = [{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }];
  const registration = `${ADMISSION}/mutatingwebhookconfigurations/${release}?dryRun=All`;
  await eventually(async () => {
    const answers = await Promise.all([
      serve.send('POST', `${own}/serviceaccounts/${release}-serve/token`, token),
      serve.send('POST', `${core}/secrets?dryRun=All`, secret({ name: 'foreign' })),
      controller.send('PATCH', registration, change, JSON_PATCH),
      api.send('POST', `${core}/pods?dryRun=All`, pod({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } })),
    ]);
    return answers.every(({ body }) => BY_POLICY.test(String(body.message)));
  }, 'the policies in force');
}

const OURS = { 'app.kubernetes.io/managed-by': 'latchkey' };

/** What serve asks for, but for these fields of the spec. */
export function tokenRequest(spec: Json): Json {
  return { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600, ...spec } };
}

/** A managed Secret, but for these fields. */
export function secret({ name = 'latchkey-a', labels = OURS, annotations = {}, ...rest }: Json): Json {
  return { metadata: { name, labels, annotations }, immutable: true, ...rest };
}

export function pod({ annotations = {}, labels = {}, env = [], volumes = [] }: Json): Json {
  return {
    metadata: { name: 'a', annotations, labels },
    spec: { containers: [{ name: 'a', image: 'i', env }], volumes },
  };
}
