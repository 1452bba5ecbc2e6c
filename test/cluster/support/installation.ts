// Latchkey in the test cluster: the shipped program with a token of its own service account, registered for the namespaces
// of one test, before an AWS that verifies the cluster's tokens against the keys that it publishes.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startAwsDouble, type AwsDouble, type RoleSpec } from '../../support/aws-double.ts';
import { builtProgram } from '../../support/built-program.ts';
import { startWebhook, type WebhookProcess } from '../../support/webhook-process.ts';
import { createApi, type Api, type Json } from './api.ts';
import { adoptionRules, chartConfiguration, serveRules, webhookConfiguration } from './registration.ts';
import { eventually } from './eventually.ts';
import { startService } from './service.ts';

export const REGION = 'eu-central-1';

const LABEL = 'latchkey-test';

export interface Installation {
  /** The administrator. */
  readonly api: Api;
  readonly aws: AwsDouble;
  readonly webhook: WebhookProcess;
  /** A fresh namespace for which the webhook is registered. Its path: `/api/v1/namespaces/NAME`. */
  namespace(options?: NamespaceOptions): Promise<TestNamespace>;
  close(): Promise<void>;
}

export interface NamespaceOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface TestNamespace {
  readonly name: string;
  /** Of the core group: `/api/v1/namespaces/NAME`. */
  readonly core: string;
  /** Of the group apps. */
  readonly apps: string;
  /** A service account with an AWS role that trusts it; the role's ARN. */
  account(name: string, role?: RoleSpec): Promise<string>;
}

export interface InstallationOptions {
  readonly flags?: readonly string[];
  /** With --adoption, its rights, and both webhooks as the chart registers them. */
  readonly adoption?: boolean;
  /** A role of the webhook's own, which trusts its service account. */
  readonly ownRole?: string;
  /** Registers it by a Service instead of a URL: its ClusterIP leads to the webhook. */
  readonly byService?: boolean;
}

/** Where the suite's cluster is. */
export function clusterApi(): Api {
  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'];
  if (kubeconfig === undefined) throw new Error('run it with: npm run test:cluster');
  return createApi(kubeconfig);
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const api = clusterApi();
  const id = randomUUID().slice(0, 8);
  const own = `latchkey-${id}`;
  const labels = { [LABEL]: id };
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-installation-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const adoption = options.adoption === true;
  const rules = [...serveRules(), ...(adoption ? adoptionRules() : [])];
  await writeFile(kubeconfig, JSON.stringify(await serveKubeconfig(api, own, rules)));
  const { issuer } = await api.get('/.well-known/openid-configuration');
  const aws = await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
  const flags = ['--aws-endpoint-url', aws.url, '--region', REGION, '--cluster-name', 'test'];
  const image = ['--fetch-image', 'registry.example.com/latchkey:test'];
  const { ownRole } = options;
  const env = ownRole === undefined ? {} : await ownIdentity({ api, aws, own, ownRole, directory });
  const webhook = await startWebhook({
    program: builtProgram(),
    kubeconfig,
    env,
    dns: [`latchkey.${own}.svc`],
    flags: [...flags, ...image, ...(adoption ? ['--adoption'] : []), ...(options.flags ?? [])],
  });
  const service = options.byService === true ? await startService(api, own, webhook.url) : undefined;
  const at = service?.clientConfig ?? { url: `${webhook.url}/mutate/pods` };
  const clientConfig = { ...at, caBundle: base64(webhook.ca) };
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  const namespaces: string[] = [];
  const configuration = adoption ? chartConfiguration : webhookConfiguration;
  await api.create(configurations, configuration({ name: own, clientConfig, namespaceLabels: labels }));
  await registered(api, { namespace: own, labels });

  return {
    api,
    aws,
    webhook,
    namespace: async (options = {}) => {
      const name = `test-${randomUUID().slice(0, 8)}`;
      namespaces.push(name);
      await api.create('/api/v1/namespaces', {
        metadata: { name, labels: { ...labels, ...options.labels }, annotations: options.annotations ?? {} },
      });
      const core = `/api/v1/namespaces/${name}`;
      await defaultAccount(api, core);
      return {
        name,
        core,
        apps: `/apis/apps/v1/namespaces/${name}`,
        account: async (account, role = {}) => {
          const arn = `arn:aws:iam::${aws.account}:role/${name}-${account}`;
          aws.role(arn, { trust: [{ subject: `system:serviceaccount:${name}:${account}` }], ...role });
          const metadata = { name: account, annotations: { 'eks.amazonaws.com/role-arn': arn } };
          await api.create(`${core}/serviceaccounts`, { metadata });
          return arn;
        },
      };
    },
    async close() {
      await api.send('DELETE', `${configurations}/${own}`);
      await Promise.all([
        webhook.stop(),
        service?.close(),
        ...[own, ...namespaces].map((name) => api.send('DELETE', `/api/v1/namespaces/${name}`)),
        api.send('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${own}`),
        api.send('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${own}`),
      ]);
      await Promise.all([aws.close(), rm(directory, { recursive: true })]);
    },
  };
}

/** A service account with the rights of `serve` and nothing more, and a kubeconfig with its token. */
async function serveKubeconfig(api: Api, name: string, rules: readonly Json[]): Promise<Json> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const accounts = `/api/v1/namespaces/${name}/serviceaccounts`;
  await api.create('/api/v1/namespaces', { metadata: { name } });
  await api.create(accounts, { metadata: { name: 'serve' } });
  await api.create(`${rbac}/clusterroles`, { metadata: { name }, rules });
  await api.create(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'serve', namespace: name }],
  });
  const { status } = await api.create(`${accounts}/serve/token`, { spec: { expirationSeconds: 7200 } });
  const cluster = { server: api.server, 'certificate-authority-data': api.caData };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'serve' } }],
    users: [{ name: 'serve', user: { token: status.token } }],
  };
}

/** What IRSA gives the webhook's own pod: a token of its service account in a file, and the role to open with it. */
async function ownIdentity(of: {
  readonly api: Api;
  readonly aws: AwsDouble;
  readonly own: string;
  readonly ownRole: string;
  readonly directory: string;
}): Promise<Readonly<Record<string, string>>> {
  const { api, aws, own, ownRole, directory } = of;
  const spec = { audiences: ['sts.amazonaws.com'], expirationSeconds: 7200 };
  const { status } = await api.create(`/api/v1/namespaces/${own}/serviceaccounts/serve/token`, { spec });
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, status.token);
  aws.role(ownRole, { trust: [{ subject: `system:serviceaccount:${own}:serve` }] });
  return { AWS_ROLE_ARN: ownRole, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile };
}

/** Pods are refused until the service account `default` is there, which a controller makes. */
export async function defaultAccount(api: Api, namespacePath: string): Promise<void> {
  const path = `${namespacePath}/serviceaccounts`;
  if (process.env['LATCHKEY_TEST_NO_CONTROLLERS'] !== undefined) {
    await api.create(path, { metadata: { name: 'default' } });
    return;
  }
  await eventually(
    async () => (await api.send('GET', `${path}/default`)).status === 200,
    'a default service account',
  );
}

/** A registration is in force when the API server's informer has seen it: a dry run that must be refused says so. */
async function registered(
  api: Api,
  { namespace, labels }: { namespace: string; labels: Readonly<Record<string, string>> },
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await api.patch(path, { metadata: { labels } });
  const metadata = { name: 'probe', annotations: { 'latchkey.dev/probe': '' } };
  const pod = { metadata, spec: { serviceAccountName: 'serve', containers: [{ name: 'a', image: 'a' }] } };
  await eventually(async () => {
    const { status, body } = await api.send('POST', `${path}/pods?dryRun=All`, pod);
    return status === 403 && String(body.message).includes('pods.latchkey.dev');
  }, 'the registration in force');
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
