// A cluster with a node, tools and an AWS, into which a test installs Latchkey as people do.

import { fileURLToPath } from 'node:url';

import { buildHelm } from '../../chart/build-helm.ts';
import { startAwsDouble, type AwsDouble } from '../../support/aws-double.ts';
import { startWholeCluster, type WholeCluster } from '../node/start-whole.ts';
import { defaultAccount } from './installation.ts';
import { mustRun, type RunOptions } from './tools.ts';

export const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
export const CHART = 'charts/latchkey';

export interface Ground extends Omit<WholeCluster, 'kubectl'> {
  readonly aws: AwsDouble;
  /** Must succeed; what was printed. They run in the checkout. */
  helm(args: readonly string[]): Promise<string>;
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** A namespace in which pods can be created. */
  namespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
}

export async function startGround(tell: (line: string) => void = console.error): Promise<Ground> {
  const helm = await buildHelm(tell);
  const cluster = await startWholeCluster(tell);
  const { api, issuer, kubectl } = cluster;
  const aws = await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const run = async (file: string, args: readonly string[], options: RunOptions = {}) =>
    await mustRun(file, args, { cwd: CHECKOUT, env, ...options });
  return {
    ...cluster,
    aws,
    helm: (args) => run(helm, args),
    kubectl: (args, options) => run(kubectl, args, options),
    async namespace(name, labels = {}) {
      await api.create('/api/v1/namespaces', { metadata: { name, labels } });
      await defaultAccount(api, `/api/v1/namespaces/${name}`);
    },
    async stop() {
      await cluster.stop();
      await aws.close();
    },
  };
}
