// A stand-in for a node of the cluster: scheduler, kubelet and kube-proxy as far as Latchkey's own pods and those of its tests need
// them. Containers are ordinary processes of this machine; images.ts says which, sandbox.ts what they are given.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Api, Json } from '../support/api.ts';
import type { Program } from './images.ts';
import { KUBELET_PORT, startKubeletApi } from './kubelet-api.ts';
import type { LoopbackBlock } from './loopback-block.ts';
import { startPod, type PodWorker } from './pod-worker.ts';
import { startServiceProxy } from './service-proxy.ts';
import { watch } from './watch.ts';

export interface NodeOptions {
  readonly api: Api;
  readonly kubeconfig: string;
  readonly block: LoopbackBlock;
  /** What containers of the image `latchkey` run. */
  readonly image: Program;
}

export interface StandInNode {
  /** Kills what runs, without a word to the API server. */
  close(): Promise<void>;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const NAME = 'stand-in-node';
const LABELS = {
  'kubernetes.io/hostname': NAME,
  'kubernetes.io/os': 'linux',
  'topology.kubernetes.io/zone': 'here',
};

/**
 * Adds a Node that is ready, and runs on it every pod whose nodeSelector it meets.
 * @throws Error where this machine does not let it listen on loopback addresses, or on their port 443
 */
export async function startNode(options: NodeOptions): Promise<StandInNode> {
  const { api, block } = options;
  const over = new AbortController();
  const { signal } = over;
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-node-'));
  const workers = new Map<string, { readonly pod: Json; readonly worker: PodWorker }>();
  let started = 0;

  function changed(pod: Json): void {
    const { uid, deletionTimestamp } = pod.metadata;
    if (pod.spec.nodeName === undefined) {
      if (deletionTimestamp === undefined && isFor(pod)) void bind(api, pod);
      return;
    }
    if (pod.spec.nodeName !== NAME) return;
    const known = workers.get(uid);
    if (known !== undefined) known.worker.update(pod);
    else if (!/^(Succeeded|Failed)$/.test(pod.status.phase)) {
      const { apiServerIP, nodeIP: hostIP } = block;
      const podIP = block.podIP(started);
      started += 1;
      const worker = startPod({
        ...options,
        pod,
        podIP,
        hostIP,
        apiServerIP,
        directory: join(directory, uid),
      });
      workers.set(uid, { pod, worker });
      worker.update(pod);
    }
  }

  function gone(pod: Json): void {
    const known = workers.get(pod.metadata.uid);
    workers.delete(pod.metadata.uid);
    void known?.worker.close();
  }

  const forget = endWithThisProcess(() => {
    for (const { worker } of workers.values()) worker.kill();
  });
  await startServiceProxy({ ...options, apiServerIP: block.apiServerIP, signal });
  await startKubeletApi(
    block.nodeIP,
    ({ namespace, name, container }) => {
      const pods = [...workers.values()].filter(({ pod }) => pod.metadata.namespace === namespace);
      return pods.findLast(({ pod }) => pod.metadata.name === name)?.worker.log(container);
    },
    signal,
  );
  await addNode(api, block.nodeIP);
  await watch({ ...options, path: '/api/v1/pods', changed, gone, signal });
  return {
    async close() {
      over.abort();
      forget();
      await Promise.all([...workers.values()].map(({ worker }) => worker.close()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Containers are groups of processes of their own, and would outlive us. @returns what takes it back */
function endWithThisProcess(killAll: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    killAll();
    // Nobody else looks at it, so it does what it does by default.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.once('exit', killAll);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  return () => {
    process.off('exit', killAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

async function addNode(api: Api, address: string): Promise<void> {
  const path = '/api/v1/nodes';
  const { gitVersion } = await api.get('/version');
  await api.create(path, { metadata: { name: NAME, labels: LABELS } });
  // Admission gives a new node a taint, which the node-lifecycle controller would take away; it does not run here.
  await api.patch(`${path}/${NAME}`, { spec: { taints: null } });
  await api.patch(`${path}/${NAME}/status`, {
    status: {
      addresses: [{ type: 'InternalIP', address }],
      daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
      capacity: { pods: '1000' },
      allocatable: { pods: '1000' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      nodeInfo: { kubeletVersion: gitVersion, operatingSystem: 'linux' },
    },
  });
}

function isFor(pod: Json): boolean {
  const wanted: readonly (readonly [string, unknown])[] = Object.entries(pod.spec.nodeSelector ?? {});
  return wanted.every(([key, value]) => (LABELS as Readonly<Record<string, string>>)[key] === value);
}

/** As the scheduler does. A pod that is gone, or that was bound meanwhile, answers with an error. */
async function bind(api: Api, pod: Json): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  await api
    .send('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
      metadata: { name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: NAME },
    })
    .catch(() => {});
}
