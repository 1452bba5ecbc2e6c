// Objects as people write them, and what a test looks for in them.

import { eventually } from './eventually.ts';
import type { Api, Json } from './api.ts';
import type { TestNamespace } from './namespaces.ts';

export interface Workload {
  readonly name: string;
  readonly replicas?: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  /** Laid over the pod's spec. */
  readonly spec?: Json;
}

export function deployment({ name, replicas = 1, ...template }: Workload): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podOf({ name, ...template }) },
  };
}

/** A pod, or a pod template. */
export function podOf({ name, annotations, serviceAccount = 'app', spec = {} }: Workload): Json {
  return {
    metadata: { name, labels: { app: name }, annotations },
    spec: {
      serviceAccountName: serviceAccount,
      containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
      ...spec,
    },
  };
}

/** What the restricted Pod Security Standard asks of a container. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** Waits until a Deployment's current ReplicaSet has all its pods: what there is now, newest revision only. */
export async function podsOf(
  api: Api,
  { core, apps }: Pick<TestNamespace, 'core' | 'apps'>,
  name: string,
  count: number,
): Promise<readonly Json[]> {
  let pods: readonly Json[] = [];
  await eventually(
    async () => {
      const deployment = await api.get(`${apps}/deployments/${name}`);
      const hash = await newestHash(api, apps, deployment);
      if (hash === undefined) return false;
      pods = await api.list(`${core}/pods?labelSelector=pod-template-hash%3D${hash}`);
      return pods.length === count;
    },
    `${String(count)} pods of ${name}`,
  );
  return pods;
}

async function newestHash(api: Api, apps: string, deployment: Json): Promise<string | undefined> {
  // Until its controller has seen the last change, the newest revision is the one before.
  if (deployment.status?.observedGeneration !== deployment.metadata.generation) return undefined;
  const revision = deployment.metadata.annotations?.['deployment.kubernetes.io/revision'];
  const sets = await api.list(`${apps}/replicasets?labelSelector=app%3D${deployment.metadata.name}`);
  const newest = sets.find(
    (set) =>
      revision !== undefined && set.metadata.annotations?.['deployment.kubernetes.io/revision'] === revision,
  );
  return newest?.metadata.labels['pod-template-hash'];
}

export function containerOf(pod: Json, name: string): Json {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((c: Json) => c.name === name);
}

export function variableOf(pod: Json, container: string, name: string): Json {
  return containerOf(pod, container).env?.find((entry: Json) => entry.name === name);
}

/** The decoded data of a Secret. */
export function dataOf(secret: Json): Readonly<Record<string, string>> {
  const entries = Object.entries(secret.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(String(value), 'base64').toString(),
  ]);
  return Object.fromEntries(entries);
}

/** Names of the managed Secrets that a pod refers to. */
export function secretsOf(pod: Json): readonly string[] {
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
    .flatMap((container: Json) => container.env ?? [])
    .flatMap((entry: Json) => entry.valueFrom?.secretKeyRef?.name ?? []);
  const volumes = (pod.spec.volumes ?? []).flatMap((volume: Json) => volume.secret?.secretName ?? []);
  return [...new Set<string>([...names, ...volumes])];
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
