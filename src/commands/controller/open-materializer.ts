import { openPolicy } from '../../admission/open-policy.ts';
import type { Clock } from '../../clock.ts';
import type { MaterializeConfig } from '../../config/materialize-config.ts';
import { readOwnSources } from '../../config/own-credentials.ts';
import type { Pause } from '../../controller/pause.ts';
import type { TaskOptions } from '../../controller/tasks.ts';
import { createAdoptionApi } from '../../kubernetes/create-adoption-api.ts';
import { createKubernetes, type KubernetesOptions } from '../../kubernetes/create-kubernetes.ts';
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Environment } from '../command.ts';

export interface OpenMaterializerOptions {
  readonly connection: KubernetesOptions;
  readonly env: Environment;
  /** Latchkey's own. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
}

/**
 * What the leader runs to make Secrets without pods. Connects at the first call.
 * @throws LatchkeyError LK-CONFIG for a policy that cannot be read
 */
export async function openMaterializer(
  config: MaterializeConfig,
  options: OpenMaterializerOptions,
): Promise<NonNullable<TaskOptions['materialize']>> {
  const { connection, env, clock, log } = options;
  const policy = await openPolicy({ config, clock, log });
  // Who makes no Secrets does not load what reads definitions.
  const { materialize } = await import('../../materialize/assemble-materializer.ts');
  const parts = {
    ...options,
    config,
    policy,
    api: createAdoptionApi(connection),
    kubernetes: createKubernetes(connection),
    ownSources: readOwnSources(env),
  };
  return async (installationKey, signal) => await materialize({ ...parts, installationKey }, signal);
}
