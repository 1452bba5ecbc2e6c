import type { Config } from '../config/config.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { PlanDefaults } from '../request/plan.ts';

export type PlanConfig = Pick<Config, 'defaultDelivery' | 'region' | 'skipContainers'>;

/**
 * What decides where a pod says nothing: its namespace, else the operator.
 *
 * @param around absent only with --no-kubernetes
 */
export function planDefaults(
  namespace: string,
  around: ObjectMeta | undefined,
  { defaultDelivery, region, skipContainers }: PlanConfig,
): PlanDefaults {
  return {
    namespace,
    namespaceAnnotations: around?.annotations ?? {},
    namespaceLabels: around?.labels ?? {},
    delivery: defaultDelivery,
    skipContainers,
    ...(region === undefined ? {} : { region }),
  };
}
