// The chart installed by helm, as people do. There are no nodes, so its two programs run beside the cluster: with the flags, the
// Secrets and the service accounts that the chart gives them, behind the address of its Service.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startAwsDouble, type AwsDouble } from '../../support/aws-double.ts';
import { builtProgram } from '../../support/built-program.ts';
import { buildHelm } from '../../chart/build-helm.ts';
import { buildControlPlane } from '../build.ts';
import { createApi, type Api, type Json } from './api.ts';
import { chartProcess, type ChartProcess } from './chart-process.ts';
import { eventually } from './eventually.ts';
import { listenAt } from './loopback-listener.ts';

const CHART = fileURLToPath(new URL('../../../charts/latchkey', import.meta.url));
const REGION = 'eu-central-1';
const LABEL = 'latchkey-helm-test';
/** The chart's; without root nobody listens there. */
const PORT = process.getuid?.() === 0 ? 443 : 8443;

export interface HelmRelease {
  /** The administrator. */
  readonly api: Api;
  readonly aws: AwsDouble;
  /** Of the release, its namespace, its Service and its registrations. */
  readonly name: string;
  /** A folder. */
  readonly chart: string;
  readonly directory: string;
  /** For commands: kubectl, helm and latchkey are on its PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly controller: ChartProcess;
  readonly serve: ChartProcess;
  /** A namespace that the registration is for, with a service account `app` that has a role. */
  namespace(): Promise<ReleaseNamespace>;
  close(): Promise<void>;
}

export interface ReleaseNamespace {
  readonly name: string;
  /** Of the core group, and of apps: `/api/v1/namespaces/NAME`. */
  readonly core: string;
  readonly apps: string;
  /** The role's ARN. */
  readonly role: string;
}

/** Installs the chart and waits until its webhook answers. */
export async function installRelease(): Promise<HelmRelease> {
  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? '';
  const api = createApi(kubeconfig);
  const { issuer } = await api.get('/.well-known/openid-configuration');
  const aws = await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
  const id = randomUUID().slice(0, 8);
  const name = `latchkey-helm-${id}`;
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-helm-'));
  const env = { ...(await tools(directory)), KUBECONFIG: kubeconfig };
  const chart = await chartAt(join(directory, 'chart'));
  const settings = {
    ...{
      'image.repository': 'registry.example.com/latchkey',
      'aws.region': REGION,
      'aws.endpointUrl': aws.url,
      'aws.cacheTtl': '0s',
    },
    ...{ 'serve.shutdown.delaySeconds': '0' },
    [`webhook.namespaceSelector.matchLabels.${LABEL}`]: `test-${id}`,
  };
  const values = Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  const helm = (...args: readonly string[]) => promisify(execFile)('helm', args, { env });
  await helm('install', name, chart, '--namespace', name, '--create-namespace', ...values);

  const at = { api, release: name, directory };
  const controller = chartProcess(at, 'controller');
  const serve = chartProcess(at, 'serve');
  await controller.start();
  await serve.start();
  const { spec } = await api.get(`/api/v1/namespaces/${name}/services/${name}`);
  const listener = await listenAt({ host: spec.clusterIP, port: PORT }, () => serve.url());
  const namespaces: string[] = [];

  async function namespace(): Promise<ReleaseNamespace> {
    const metadata = { name: `${name}-${String(namespaces.length)}`, labels: { [LABEL]: `test-${id}` } };
    const role = `arn:aws:iam::${aws.account}:role/${metadata.name}`;
    const account = { name: 'app', annotations: { 'eks.amazonaws.com/role-arn': role } };
    namespaces.push(metadata.name);
    await api.create('/api/v1/namespaces', { metadata });
    aws.role(role, { trust: [{ subject: `system:serviceaccount:${metadata.name}:app` }] });
    const core = `/api/v1/namespaces/${metadata.name}`;
    await api.create(`${core}/serviceaccounts`, { metadata: account });
    return { name: metadata.name, core, apps: `/apis/apps/v1/namespaces/${metadata.name}`, role };
  }

  await answers(api, await namespace());
  return {
    ...{ api, aws, name, chart, directory, env, controller, serve, namespace },
    async close() {
      // Without the job before it, which no node would run.
      await helm('uninstall', name, '--namespace', name, '--no-hooks');
      await Promise.all([controller.stop(), serve.stop(), listener.close(), aws.close()]);
      for (const each of [...namespaces, name]) await api.send('DELETE', `/api/v1/namespaces/${each}`);
      await rm(directory, { recursive: true });
    },
  };
}

/** Waits until the API server has seen the registration, and who it is to trust: a probe is refused in our words. */
export async function answers(api: Api, { core }: Pick<ReleaseNamespace, 'core'>): Promise<void> {
  const metadata = { name: 'probe', annotations: { 'latchkey.dev/probe': '' } };
  const pod = { metadata, spec: { serviceAccountName: 'app', containers: [{ name: 'a', image: 'a' }] } };
  await eventually(async () => {
    const { body }: Json = await api.send('POST', `${core}/pods?dryRun=All`, pod);
    return String(body.message).includes('LK-UNKNOWN');
  }, 'the webhook answers');
}

async function tools(directory: string): Promise<Readonly<Record<string, string>>> {
  const bin = join(directory, 'bin');
  const tell = (line: string): void => console.error(line);
  const [{ kubectl = 'kubectl' }, helm] = await Promise.all([buildControlPlane({ tell }), buildHelm(tell)]);
  await mkdir(bin);
  await symlink(process.env['LATCHKEY_TEST_KUBECTL'] ?? kubectl, join(bin, 'kubectl'));
  await symlink(helm, join(bin, 'helm'));
  const program = `#!/bin/sh\nexec '${process.execPath}' '${builtProgram()}' "$@"\n`;
  await writeFile(join(bin, 'latchkey'), program, { mode: 0o755 });
  // What kubectl and helm learn of a cluster is kept by address, and the next one may have the same.
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: directory };
}

/** The chart itself, or where nobody may listen on its Service's port a copy with another one. */
async function chartAt(copy: string): Promise<string> {
  if (PORT === 443) return CHART;
  await cp(CHART, copy, { recursive: true });
  for (const file of ['serve/service.yaml', 'registration/_registration.tpl']) {
    const path = join(copy, 'templates', file);
    await writeFile(path, (await readFile(path, 'utf8')).replace('port: 443', `port: ${String(PORT)}`));
  }
  return copy;
}
