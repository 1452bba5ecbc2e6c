import type { Config } from '../config/config.ts';
import { envFilesProblem, lacksEnvFiles, type EnvFilesQuestion } from '../delivery/env-files.ts';
import { deliverMemory, needsEnvFiles } from '../delivery/memory.ts';
import type { MemoryOptions } from '../delivery/prepare-fetch.ts';
import { deliverVolumes, fillsVolumes } from '../delivery/volumes.ts';
import type { Problem } from '../errors.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { AUDIENCE_ANNOTATION, DEFAULT_AUDIENCE, ROLE_ARN_ANNOTATION } from '../names.ts';
import type { Clock } from '../clock.ts';
import { createFreshCache } from '../stores/cache.ts';
import type { Case, Deliverer } from './case.ts';
import { concluded, refused } from './conclude.ts';

export interface MemoryDelivererOptions {
  readonly config: Pick<
    Config,
    'fetchImage' | 'fetchResources' | 'fetchDeadlineSeconds' | 'clusterName' | 'awsEndpointUrl' | 'cacheTtlMs'
  >;
  readonly kubernetes: Kubernetes | undefined;
  readonly clock: Clock;
}

/** Of the nodes, only those that lack something count. */
type ClusterFacts = Pick<EnvFilesQuestion, 'nodes' | 'version'> & { readonly readAt: number };

/** `memory`: no AWS call, neither here nor in a dry run; what is looked at is whether the cluster can do it. */
export function createMemoryDeliverer({ config, kubernetes, clock }: MemoryDelivererOptions): Deliverer {
  // Nodes come and go; a kubelet that joins later and is too old is stopped by the guard container.
  const clusters = createFreshCache<ClusterFacts>({ clock, maxEntries: 1 });

  const lookAtCluster = async (review: Case): Promise<{ problem?: Problem | undefined; readAt: number }> => {
    if (kubernetes === undefined || !needsEnvFiles(review.plan)) return { readAt: clock.now() };
    const load = async () => {
      const readAt = clock.now();
      const [nodes, version] = await Promise.all([kubernetes.nodes(), kubernetes.version()]);
      return { nodes: nodes.filter(lacksEnvFiles), version, readAt };
    };
    const freshness = { freshAfter: review.freshAfter, ttlMs: config.cacheTtlMs };
    const cluster = await clusters.get('cluster', freshness, load);
    const problem = envFilesProblem({ ...cluster, nodeSelector: review.pod.spec.nodeSelector ?? {} });
    return { problem, readAt: cluster.readAt };
  };

  return async (review) => {
    const { problem, readAt } = await lookAtCluster(review);
    if (problem !== undefined) return refused(review, [problem]);
    const warnings = kubernetes === undefined ? ['the cluster was not looked at: --no-kubernetes'] : [];
    const { pod, plan, planHash } = review;
    const how: MemoryOptions = {
      fetchImage: config.fetchImage,
      fetchResources: config.fetchResources,
      fetchDeadlineSeconds: config.fetchDeadlineSeconds,
      namespace: review.namespace,
      serviceAccount: review.serviceAccountName,
      ...(config.clusterName === undefined ? {} : { cluster: config.clusterName }),
      ...(config.awsEndpointUrl === undefined ? {} : { endpoint: config.awsEndpointUrl }),
      ...webIdentityOf(review),
      status: { version: 1, plan: planHash, delivery: 'memory' },
    };
    const delivered = fillsVolumes(plan) ? deliverVolumes(pod, plan, how) : deliverMemory(pod, plan, how);
    return concluded(review, delivered, { warnings, readAt });
  };
}

/** The role that IRSA would give the pod; without one, `fetch` uses what EKS Pod Identity put there. */
function webIdentityOf({ plan, serviceAccount }: Case): Pick<MemoryOptions, 'webIdentity'> {
  if (plan.credentials === 'pod-identity') return {};
  const roleArn = serviceAccount?.annotations[ROLE_ARN_ANNOTATION];
  if (serviceAccount === undefined || roleArn === undefined || roleArn === '') return {};
  return {
    webIdentity: { roleArn, audience: serviceAccount.annotations[AUDIENCE_ANNOTATION] || DEFAULT_AUDIENCE },
  };
}
