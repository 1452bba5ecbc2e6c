import type { Environment } from '../commands/command.ts';
import type { KubernetesOptions } from '../kubernetes/create-kubernetes.ts';

/** The part of the environment by which the usual rules find an API server. */
export function readKubernetesEnvironment(env: Environment): NonNullable<KubernetesOptions['environment']> {
  const names = ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'] as const;
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
