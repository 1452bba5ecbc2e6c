// A cluster with a node, and the tools with which a test installs Latchkey into it as people do.

import { fileURLToPath } from 'node:url';

import { buildHelm } from '../../chart/build-helm.ts';
import { startAwsDouble, type AwsDouble } from '../../support/aws-double.ts';
import { startWholeCluster, type WholeCluster, type WholeOptions } from '../node/start-whole.ts';
import { defaultAccount } from './namespaces.ts';
import { mustRun, type RunOptions } from './tools.ts';

export const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
export const CHART = 'charts/latchkey';

export interface Ground extends Omit<WholeCluster, 'kubectl'> {
  /** Must succeed; what was printed. They run in the checkout. */
  helm(args: readonly string[]): Promise<string>;
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** A namespace in which pods can be created. */
  namespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** With which they know this cluster. */
  readonly env: NodeJS.ProcessEnv;
  /** The programs themselves. */
  readonly programs: { readonly helm: string; readonly kubectl: string };
}

export async function startGround(options: Partial<WholeOptions> = {}): Promise<Ground> {
  const { tell = console.error } = options;
  const cluster = await startWholeCluster({ ...options, tell });
  const helm = await buildHelm(tell);
  const { api, kubectl } = cluster;
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const run = async (file: string, args: readonly string[], options: RunOptions = {}) =>
    await mustRun(file, args, { cwd: CHECKOUT, env, ...options });
  return {
    ...cluster,
    env,
    programs: { helm, kubectl },
    helm: (args) => run(helm, args),
    kubectl: (args, options) => run(kubectl, args, options),
    async namespace(name, labels = {}) {
      await api.create('/api/v1/namespaces', { metadata: { name, labels } });
      await defaultAccount(api, `/api/v1/namespaces/${name}`);
    },
  };
}

/** An AWS that verifies this cluster's tokens against the keys that it publishes. */
export async function startAws({ api, issuer }: Pick<Ground, 'api' | 'issuer'>): Promise<AwsDouble> {
  return await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
}
