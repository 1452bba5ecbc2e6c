// A whole installation in one process: the server over TLS, wired as `serve` wires it, between a Kubernetes and an AWS
// double. What it writes anywhere is collected, so that a canary value can be searched in all of it.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assembleReviewers } from '../../src/admission/assemble.ts';
import { noSealing, openSealing } from '../../src/admission/sealing.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import { readServeConfig } from '../../src/config/serve-config.ts';
import type { OwnSources } from '../../src/identity/own-session.ts';
import { createAdoptionApi } from '../../src/kubernetes/create-adoption-api.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createServer } from '../../src/admission/server.ts';
import {
  createAdmissionClient,
  type AdmissionAnswer,
  type AdmissionClient,
  type Raw,
  type ReviewOptions,
  type WorkloadReviewOptions,
} from './admission-client.ts';
import { startAwsDouble, type AwsDouble, type RoleSpec } from './aws-double.ts';
import { testCertificates, tlsMaterial } from './certificates.ts';
import type { KeySecrets } from './key-secrets.ts';
import { startKubernetesDouble, type KubernetesDouble } from './kubernetes-double.ts';

export const REGION = 'ap-northeast-1';
export const ACCOUNT = '111122223333';

export interface Installation {
  readonly aws: AwsDouble;
  readonly kubernetes: KubernetesDouble;
  readonly client: AdmissionClient;
  /** Everything that was logged, answered or counted so far, as text. */
  written(): Promise<string>;
  review(pod: Raw, options?: ReviewOptions): Promise<AdmissionAnswer>;
  /** What `kubectl apply` of a workload brings. */
  reviewWorkload(workload: Raw, options?: WorkloadReviewOptions): Promise<AdmissionAnswer>;
  /** A service account with a role that trusts it. */
  account(name: string, options?: AccountOptions): string;
  close(): Promise<void>;
}

export interface AccountOptions {
  readonly namespace?: string;
  readonly role?: RoleSpec;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface InstallationOptions {
  readonly flags?: readonly string[];
  readonly clock?: Clock;
  /** Text of `--policy-file`. */
  readonly policy?: string;
  /** Replicas share one key. */
  readonly installationKey?: Uint8Array;
  readonly kubernetesVersion?: string;
  readonly timeout?: string;
  /** Custom resources that there are from the start: versions by group. Default: all kinds of definitions. */
  readonly served?: Readonly<Record<string, readonly string[]>>;
  /** Where sealing keys are followed, with --sealing-key-namespaces. */
  readonly sealingKeys?: KeySecrets;
  /** The webhook's own role, which trusts its service account `latchkey/latchkey`; for --identity=controller. */
  readonly ownRole?: string;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const version = options.kubernetesVersion;
  const adoption = options.flags?.includes('--adoption') === true;
  const kubernetes = await startKubernetesDouble({
    adoption,
    served: options.served ?? {
      'kubernetes-client.io': ['v1'],
      'external-secrets.io': ['v1'],
      'bitnami.com': ['v1alpha1'],
      'secrets-store.csi.x-k8s.io': ['v1'],
    },
    ...(version === undefined ? {} : { version }),
  });
  const aws = await startAwsDouble({
    oidc: { issuer: kubernetes.issuer, jwks: () => kubernetes.jwks },
    account: ACCOUNT,
  });
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const keyFile = join(directory, 'installation.key');
  const policyFile = join(directory, 'policy.yaml');
  await writeFile(keyFile, options.installationKey ?? randomBytes(32));
  await writeFile(policyFile, options.policy ?? '');
  const config = readServeConfig(
    [
      ...['--listen', '127.0.0.1:0', '--tls-cert', 'unread', '--tls-key', 'unread', '--key-file', keyFile],
      ...['--kubeconfig', kubernetes.kubeconfig, '--aws-endpoint-url', aws.url, '--region', REGION],
      ...(options.policy === undefined ? [] : ['--policy-file', policyFile]),
      ...(options.flags ?? []),
    ],
    {},
  );
  const lines: string[] = [];
  const answers: string[] = [];
  const metrics = createMetrics({ processMetrics: false });
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const clock = options.clock ?? systemClock;
  const api = createKubernetes({ environment: {}, kubeconfig: kubernetes.kubeconfig });
  const { ownRole } = options;
  const ownSources = ownRole === undefined ? {} : await ownIdentity({ kubernetes, aws, directory, ownRole });
  const ending = new AbortController();
  const adoptionApi = createAdoptionApi({ environment: {}, kubeconfig: kubernetes.kubeconfig });
  const { sealingKeys } = options;
  const sealing =
    sealingKeys === undefined
      ? noSealing(clock)
      : openSealing({ config, api: sealingKeys.api, signal: ending.signal, clock, log, metrics });
  const reviewers = await assembleReviewers({
    sealing,
    ...{ config, kubernetes: api, ownSources, clock, log, metrics },
    ...(adoption ? { adoption: { api: adoptionApi, signal: ending.signal } } : {}),
  });
  const certificates = await testCertificates();
  const server = createServer({
    config,
    ...reviewers,
    tls: tlsMaterial(certificates.serving),
    metrics,
    log,
    clock,
  });
  const { port } = await server.listen();
  const client = createAdmissionClient({
    url: `https://127.0.0.1:${port}`,
    ca: certificates.authority.cert,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  });

  return {
    aws,
    kubernetes,
    client,
    async review(pod, reviewOptions) {
      const answer = await client.review(pod, reviewOptions);
      answers.push(JSON.stringify(answer));
      return answer;
    },
    async reviewWorkload(workload, reviewOptions) {
      const answer = await client.reviewWorkload(workload, reviewOptions);
      answers.push(JSON.stringify(answer));
      return answer;
    },
    async written() {
      const events = JSON.stringify(kubernetes.events());
      return [...lines, ...answers, (await metrics.scrape()).text, events].join('\n');
    },
    account(name, { namespace = 'shop', role = {}, annotations = {} } = {}) {
      const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
      kubernetes.addServiceAccount(namespace, name, {
        annotations: { 'eks.amazonaws.com/role-arn': arn, ...annotations },
      });
      aws.role(arn, { trust: [{ subject: `system:serviceaccount:${namespace}:${name}` }], ...role });
      return arn;
    },
    async close() {
      client.close();
      ending.abort();
      await server.close(0);
      await Promise.all([aws.close(), kubernetes.close(), rm(directory, { recursive: true })]);
    },
  };
}

interface OwnIdentity {
  readonly kubernetes: KubernetesDouble;
  readonly aws: AwsDouble;
  readonly directory: string;
  readonly ownRole: string;
}

/** What IRSA gives the webhook's own pod: a token file, and a role that trusts its service account. */
async function ownIdentity({ kubernetes, aws, directory, ownRole }: OwnIdentity): Promise<OwnSources> {
  const tokenFile = join(directory, 'token');
  const { token } = kubernetes.tokens.issue({
    namespace: 'latchkey',
    serviceAccount: 'latchkey',
    uid: 'uid-latchkey',
    audience: 'sts.amazonaws.com',
    expirationSeconds: 3600,
  });
  await writeFile(tokenFile, token);
  aws.role(ownRole, { trust: [{ subject: 'system:serviceaccount:latchkey:latchkey' }] });
  return { webIdentity: { roleArn: ownRole, tokenFile } };
}

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  /** Absent: a pod that stands alone. */
  readonly owner?: { readonly metadata: { readonly name: string; readonly uid: string } };
  readonly hash?: string;
  readonly spec?: Raw;
}

/** A pod as a ReplicaSet's controller makes it, or a bare one. */
export function podOf(options: PodOptions = {}): Raw {
  const { annotations = {}, serviceAccount = 'app', owner, hash = '6d4cf56db6', spec } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(owner === undefined ? { name: 'alone' } : { generateName: `${owner.metadata.name}-` }),
      namespace: 'shop',
      creationTimestamp: null,
      annotations: { ...annotations },
      ...(owner === undefined ? {} : { labels: { app: 'app', 'pod-template-hash': hash } }),
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: owner.metadata.name,
                uid: owner.metadata.uid,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }),
    },
    spec: {
      serviceAccountName: serviceAccount,
      containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
      ...spec,
    },
  };
}
