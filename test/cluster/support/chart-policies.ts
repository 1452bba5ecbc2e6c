// The chart's policies, service accounts and rights in the test cluster, without the webhooks that they are for.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Manifest } from '../../chart/render.ts';
import { clusterApi, createApi, type Api, type Json } from './api.ts';
import { eventually } from './eventually.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { defaultAccount } from './namespaces.ts';
import { ADMISSION, createRelease } from './release.ts';

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
  /** More of the chart's values. */
  readonly values?: object;
}

export async function installPolicies(options: PoliciesOptions = {}): Promise<InstalledPolicies> {
  const api = clusterApi();
  const id = randomUUID().slice(0, 8);
  const name = `latchkey-policies-${id}`;
  const space = `policies-${id}`;
  const labels = { 'latchkey-policies-test': space };
  const [own, core] = [`/api/v1/namespaces/${name}`, `/api/v1/namespaces/${space}`];
  await api.create('/api/v1/namespaces', { metadata: { name: space, labels } });
  const values = { namespaces: options.byRoles === true ? [space] : [], ...options.values };
  const release = await createRelease(api, { name, labels, values });
  for (const { path, manifest } of release.registrations) await api.create(path, forNobody(manifest));
  await Promise.all([defaultAccount(api, core), defaultAccount(api, own)]);
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-policies-'));
  const fileOf = async (account: string): Promise<string> => {
    const file = join(directory, account);
    const kubeconfig = await kubeconfigOf(api, { namespace: name, name: `${name}-${account}` });
    await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
    return file;
  };
  const [serveKubeconfig, controllerKubeconfig] = await Promise.all([fileOf('serve'), fileOf('controller')]);
  const [serve, controller] = [createApi(serveKubeconfig), createApi(controllerKubeconfig)];
  await inForce({ api, serve, controller, release: name, own, core });
  return {
    ...{ api, serve, controller, serveKubeconfig, release: name, own, core, space, labels },
    async close() {
      await release.unregister();
      await release.remove();
      await api.send('DELETE', core);
      await rm(directory, { recursive: true });
    },
  };
}

function forNobody(registration: Manifest): Manifest {
  const namespaceSelector = { matchLabels: { nobody: 'has' } };
  return {
    ...registration,
    webhooks: registration.webhooks.map((webhook: Json) => ({ ...webhook, namespaceSelector })),
  };
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
