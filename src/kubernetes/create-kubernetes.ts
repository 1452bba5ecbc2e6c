import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { systemClock, type Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import { apiClient } from './api-client.ts';
import type { Connection } from './connection.ts';
import { inClusterConnection, runsInCluster } from './in-cluster.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { kubeconfigConnection } from './kubeconfig-connection.ts';
import type { CertificateSecrets, Kubernetes, OwnTokens } from './kubernetes.ts';
import { ownAccount } from './own-account.ts';
import { readSecret } from './stored-secrets.ts';
import { requestForbiddenToken } from './token-requests.ts';
import { createTransport } from './transport.ts';

export interface KubernetesOptions {
  /** `--kubeconfig`. Absent: in-cluster where a service account is mounted, then $KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string;
  /** The part of the environment that the usual rules look at. */
  readonly environment?: {
    readonly KUBECONFIG?: string;
    readonly KUBERNETES_SERVICE_HOST?: string;
    readonly KUBERNETES_SERVICE_PORT?: string;
  };
  /** How long one call may take, in milliseconds. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const TIMEOUT_MS = 5_000;

/**
 * The API server, as the process's own identity. Reads the kubeconfig; connects at the first call.
 * @throws LatchkeyError LK-CONFIG
 */
export function createKubernetes(
  options: KubernetesOptions = {},
): Kubernetes & OwnTokens & CertificateSecrets {
  const connection = connect(options);
  const transport = createTransport(connection, { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    ...apiClient(transport, options.clock ?? systemClock),
    ownAccount: async () => ownAccount(await connection.authorize()),
    requestForbiddenToken: ({ namespace, name }, audience, signal) =>
      requestForbiddenToken(transport, { namespace, serviceAccount: name, audience }, signal),
    certificateSecret: async (namespace, name) => (await readSecret(transport, { namespace, name }))?.data,
  };
}

/** Where the API server is, by flag, service account or the usual rules. Throws LatchkeyError LK-CONFIG. */
export function connect({ kubeconfig, environment = {} }: KubernetesOptions): Connection {
  if (kubeconfig !== undefined) return kubeconfigConnection(readKubeconfig([kubeconfig]));

  const {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: port,
    KUBECONFIG: paths = '',
  } = environment;
  if (runsInCluster()) return inClusterConnection({ ...(host && { host }), ...(port && { port }) });

  const listed = paths.split(delimiter).filter((file) => file !== '' && existsSync(file));
  const usual = join(homedir(), '.kube', 'config');
  const files = listed.length > 0 || !existsSync(usual) ? listed : [usual];
  if (files.length === 0) {
    throw new LatchkeyError(
      'LK-CONFIG',
      'no Kubernetes cluster to talk to: no service account is mounted and there is no kubeconfig',
      'Name one with --kubeconfig FILE, or try things out with --no-kubernetes.',
    );
  }
  return kubeconfigConnection(readKubeconfig(files));
}
