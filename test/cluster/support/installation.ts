// Latchkey in the test cluster: the chart's objects, the shipped program with tokens of the chart's service accounts,
// registered for the namespaces of one test, before an AWS.

import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AwsDouble } from '../../support/aws-double.ts';
import { writeServeFiles, type WebhookProcess } from '../../support/webhook-process.ts';
import { clusterApi, type Api } from './api.ts';
import { REGION, startDouble, type AwsBehind } from './aws.ts';
import { startBuiltIn, type BuiltIn } from './built-in.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { createNamespaces, type Namespaces } from './namespaces.ts';
import { inForce, register } from './registration.ts';
import { ownIdentity } from './own-identity.ts';
import { createRelease, type Release } from './release.ts';
import { startReplica, type Replica } from './replica.ts';
import { SERVICE_PORT, startService, type ServiceListener } from './service.ts';

const LABEL = 'latchkey-test';

export interface Installation<A extends AwsBehind = AwsDouble> {
  /** The administrator. */
  readonly api: Api;
  readonly aws: A;
  readonly release: Release;
  readonly replicas: readonly Replica[];
  /** The process of the first replica. */
  readonly webhook: WebhookProcess;
  readonly service?: ServiceListener;
  /** With `controller`. */
  readonly builtIn?: BuiltIn;
  /** A fresh namespace for which the webhook is registered. */
  readonly namespace: Namespaces['create'];
  close(): Promise<void>;
}

export interface InstallationOptions {
  /** Of `serve`. */
  readonly flags?: readonly string[];
  /** With --adoption, and what the chart has for it. */
  readonly adoption?: boolean;
  /** A role of the webhook's own, which trusts its service account. */
  readonly ownRole?: string;
  /** Default: one. More are behind the Service, share certificate and key, and end as on Kubernetes. */
  readonly replicas?: number;
  /** Registers it by a Service instead of a URL: its ClusterIP leads to the webhook. */
  readonly byService?: boolean;
  /** Runs the controller, which makes certificates and key, and sweeps. */
  readonly controller?: boolean;
  /** With `controller`: flags in place of the chart's, or beside them. */
  readonly controllerFlags?: Readonly<Record<string, string>>;
  /** With `controller`: a role of its own, which trusts its service account. */
  readonly controllerRole?: string;
  /** With `controller`: the last replica reads its certificate by `--tls-secret`, the others mount it. */
  readonly lastReadsSecret?: boolean;
  /** With `controller`, which makes sealing keys: the webhook opens with them. */
  readonly ownSealingKeys?: boolean;
  /** Of the chart. */
  readonly values?: object;
}

/** Before the double of AWS. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  return await startInstallationOn(await startDouble(), options);
}

/** @param aws closed with it */
export async function startInstallationOn<A extends AwsBehind>(
  aws: A,
  options: InstallationOptions = {},
): Promise<Installation<A>> {
  const { replicas: count = 1, controller = false, adoption = false, ownRole, ownSealingKeys } = options;
  const values = { ...(adoption ? { adoption: { enabled: true } } : {}), ...options.values };
  const byService = options.byService ?? (controller || count > 1);
  const api = clusterApi();
  const id = randomUUID().slice(0, 8);
  // Not the bare id: YAML takes 81e08164 for a number.
  const labels = { [LABEL]: `test-${id}` };
  const release = await createRelease(api, { name: `latchkey-${id}`, labels, values });
  const flags = [
    ...FLAGS,
    ...(adoption ? ['--adoption'] : []),
    ...(ownSealingKeys === true ? ['--sealing-key-namespaces', release.name] : []),
    ...(options.flags ?? []),
  ];
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-installation-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const account = { namespace: release.name, name: `${release.name}-serve` };
  await writeFile(kubeconfig, JSON.stringify(await kubeconfigOf(api, account)));
  const env = ownRole === undefined ? {} : await ownIdentity({ api, aws, account, role: ownRole, directory });
  if (controller) await register(api, release.registrations, { port: SERVICE_PORT });
  const builtIn = controller ? await startOwn(options, { api, aws, release, directory }) : undefined;
  const shared = await writeServeFiles(directory, [`${release.name}.${release.name}.svc`]);

  const replicas: Replica[] = [];
  const shutdownDelay = count > 1 ? '2s' : '0s';
  for (let started = 0; started < count; started += 1) {
    const reads = options.lastReadsSecret === true && started === count - 1;
    const files = (await (reads ? builtIn?.mountKey() : builtIn?.mount())) ?? shared;
    const process = { kubeconfig, files, shutdownDelay, flags, env };
    replicas.push(await startReplica(process, aws.url));
  }
  const backends = () => replicas.map(({ webhook }) => webhook);
  const service = byService ? await startService(api, release.name, backends) : undefined;
  const [first] = backends();
  if (first === undefined) throw new Error('no replica');
  const at = service === undefined ? { url: first.url } : { port: SERVICE_PORT };
  if (!controller) await register(api, release.registrations, { ...at, ca: shared.ca });
  const namespaces = createNamespaces(api, aws, labels);
  await inForce(api, await namespaces.create());

  return {
    ...{ api, aws, release, replicas, namespace: namespaces.create },
    ...(service === undefined ? {} : { service }),
    ...(builtIn === undefined ? {} : { builtIn }),
    get webhook() {
      return replicas[0]?.webhook ?? first;
    },
    async close() {
      await builtIn?.close();
      await release.unregister();
      await Promise.all(replicas.map((replica) => replica.close()));
      await Promise.all([release.remove(), namespaces.remove()]);
      await service?.close();
      await Promise.all([aws.close(), rm(directory, { recursive: true })]);
    },
  };
}

interface Own {
  readonly api: Api;
  readonly aws: AwsBehind;
  readonly release: Release;
  readonly directory: string;
}

async function startOwn(
  { controllerFlags, controllerRole: role }: InstallationOptions,
  { api, aws, release, directory }: Own,
): Promise<BuiltIn> {
  const account = { namespace: release.name, name: `${release.name}-controller` };
  const own = join(directory, 'controller');
  await mkdir(own);
  const env = role === undefined ? {} : await ownIdentity({ api, aws, account, role, directory: own });
  return await startBuiltIn(api, release, {
    directory,
    env,
    ...(controllerFlags === undefined ? {} : { flags: controllerFlags }),
  });
}

const FLAGS = [
  ...['--region', REGION, '--cluster-name', 'test'],
  ...['--fetch-image', 'registry.example.com/latchkey:test'],
];
