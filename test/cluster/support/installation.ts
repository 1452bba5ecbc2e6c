// Latchkey in the test cluster: the chart's objects, the shipped program with a token of the chart's service account,
// registered for the namespaces of one test, before an AWS that verifies the cluster's tokens against the keys that it
// publishes.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startAwsDouble, type AwsDouble } from '../../support/aws-double.ts';
import { builtProgram } from '../../support/built-program.ts';
import { startWebhook, writeServeFiles, type WebhookProcess } from '../../support/webhook-process.ts';
import { clusterApi, type Api } from './api.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { createNamespaces, type Namespaces } from './namespaces.ts';
import { inForce, register } from './registration.ts';
import { createRelease } from './release.ts';
import { startService } from './service.ts';

export const REGION = 'eu-central-1';

const LABEL = 'latchkey-test';

export interface Installation {
  /** The administrator. */
  readonly api: Api;
  readonly aws: AwsDouble;
  readonly webhook: WebhookProcess;
  /** A fresh namespace for which the webhook is registered. */
  readonly namespace: Namespaces['create'];
  close(): Promise<void>;
}

export interface InstallationOptions {
  readonly flags?: readonly string[];
  /** Registers it by a Service instead of a URL: its ClusterIP leads to the webhook. */
  readonly byService?: boolean;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const api = clusterApi();
  const id = randomUUID().slice(0, 8);
  const labels = { [LABEL]: id };
  const release = await createRelease(api, { name: `latchkey-${id}`, labels });
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-installation-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const account = { namespace: release.name, name: `${release.name}-serve` };
  await writeFile(kubeconfig, JSON.stringify(await kubeconfigOf(api, account)));
  const aws = await startDouble(api);
  const webhook = await startWebhook({
    program: builtProgram(),
    kubeconfig,
    files: await writeServeFiles(directory, [`${release.name}.${release.name}.svc`]),
    flags: [...flagsFor(aws.url), ...(options.flags ?? [])],
  });
  const service = options.byService === true ? await startService(api, release.name, webhook.url) : undefined;
  const at = service === undefined ? { url: webhook.url } : { port: service.port };
  await register(api, release.registrations, { ...at, ca: webhook.ca });
  const namespaces = createNamespaces(api, aws, labels);
  await inForce(api, await namespaces.create());

  return {
    api,
    aws,
    webhook,
    namespace: namespaces.create,
    async close() {
      await release.remove();
      await Promise.all([webhook.stop(), service?.close(), namespaces.remove()]);
      await Promise.all([aws.close(), rm(directory, { recursive: true })]);
    },
  };
}

function flagsFor(awsUrl: string): readonly string[] {
  const image = ['--fetch-image', 'registry.example.com/latchkey:test'];
  return ['--aws-endpoint-url', awsUrl, '--region', REGION, '--cluster-name', 'test', ...image];
}

/** An AWS whose STS knows this cluster as an identity provider. */
async function startDouble(api: Api): Promise<AwsDouble> {
  const { issuer } = await api.get('/.well-known/openid-configuration');
  return await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
}
