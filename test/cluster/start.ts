// Starts the test cluster: etcd, kube-apiserver and kube-controller-manager on loopback.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { buildControlPlane } from './build.ts';

/** What `latchkey-cluster up` says when it is ready. */
export interface Cluster {
  readonly url: string;
  /** A file; the administrator's. */
  readonly kubeconfig: string;
  readonly caFile: string;
  readonly issuer: string;
  /** Inside loopback: whoever listens on a Service's ClusterIP is the Service. */
  readonly serviceRange: string;
  /** A file: pods and their patches whole, of everything else only metadata. */
  readonly auditLog: string;
  readonly directory: string;
  /** False with envtest's binaries: no ReplicaSet gets pods, no namespace a service account. */
  readonly controllers: boolean;
}

export interface StartedCluster extends Cluster {
  /** The kubectl that was built beside it; absent with $KUBEBUILDER_ASSETS. */
  readonly kubectl?: string;
  /** Resolves when it ended by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** CIDR of ClusterIPs, inside loopback. Default: 127.96.0.0/16 */
  readonly serviceRange?: string;
}

/**
 * Builds it if need be, and waits until pods can be created. It ends with this process in any case.
 * `$KUBEBUILDER_ASSETS` names a folder with other binaries of etcd and kube-apiserver.
 */
export async function startCluster(
  tell: (line: string) => void,
  { serviceRange }: ClusterOptions = {},
): Promise<StartedCluster> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const build = await buildControlPlane({ withoutComponents: assets !== undefined, tell });
  tell('starting the control plane');
  const range = serviceRange === undefined ? [] : ['--service-range', serviceRange];
  const args = ['up', ...(assets === undefined ? [] : ['--assets', assets]), ...range];
  // It ends when its standard input does: with us, whatever happens to us.
  const child = spawn(build.program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(() => {});
  const cluster = await readyLine(child);
  return {
    ...cluster,
    ...(build.kubectl === undefined ? {} : { kubectl: build.kubectl }),
    ended,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

async function readyLine(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): Promise<Cluster> {
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Cluster;
  throw new Error('the control plane did not start');
}
