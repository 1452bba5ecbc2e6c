// A cluster in which pods run: the control plane, and the stand-in node.

import { builtProgram } from '../../support/built-program.ts';
import { startCluster, type StartedCluster } from '../start.ts';
import { createApi, type Api } from '../support/api.ts';
import { claimBlock } from './loopback-block.ts';
import { startNode } from './start-node.ts';

export interface WholeCluster extends StartedCluster {
  /** The administrator. */
  readonly api: Api;
  readonly kubectl: string;
}

export interface WholeOptions {
  readonly tell: (line: string) => void;
  /** Variables of the image `latchkey`. */
  readonly imageEnv?: Readonly<Record<string, string>>;
}

/** Starts one that shares no address with other clusters of this machine. It ends with this process in any case. */
export async function startWholeCluster({ tell, imageEnv = {} }: WholeOptions): Promise<WholeCluster> {
  const block = await claimBlock();
  const cluster = await startCluster(tell, { serviceRange: block.serviceRange });
  const { kubeconfig, kubectl } = cluster;
  if (kubectl === undefined) throw new Error('a cluster with a node cannot be made of $KUBEBUILDER_ASSETS');
  const api = createApi(kubeconfig);
  const image = { program: builtProgram(), env: imageEnv };
  const node = await startNode({ api, kubeconfig, block, image });
  return {
    ...cluster,
    api,
    kubectl,
    async stop() {
      await node.close();
      await cluster.stop();
      await block.release();
    },
  };
}
