import type { Config } from '../../config/config.ts';
import { readKubernetesEnvironment } from '../../config/kubernetes-environment.ts';
import type { AdoptionApi } from '../../kubernetes/adoption-api.ts';
import { createAdoptionApi } from '../../kubernetes/create-adoption-api.ts';
import { createKubernetes, type KubernetesOptions } from '../../kubernetes/create-kubernetes.ts';
import type { CertificateSecrets, Kubernetes, OwnTokens } from '../../kubernetes/kubernetes.ts';
import type { Environment } from '../command.ts';

export type Connection = Kubernetes & OwnTokens & CertificateSecrets;

/** Undefined for `--kubernetes none`. @throws LatchkeyError for a kubeconfig or an environment that cannot be used */
export function openKubernetes(config: Config, env: Environment): Connection | undefined {
  return config.kubernetes.kind === 'none' ? undefined : createKubernetes(kubernetesOptions(config, env));
}

/**
 * What follows definitions and sealing keys: other rights than the rest of `serve` has, and connections of its own.
 * Undefined where neither is asked for.
 *
 * @throws as `openKubernetes`
 */
export function openAdoptionApi(config: Config, env: Environment): AdoptionApi | undefined {
  if (config.adoption === undefined && config.sealing === undefined) return undefined;
  return createAdoptionApi(kubernetesOptions(config, env));
}

function kubernetesOptions({ kubernetes }: Config, env: Environment): KubernetesOptions {
  const environment = readKubernetesEnvironment(env);
  const file = kubernetes.kind === 'kubeconfig' ? kubernetes.file : undefined;
  return { environment, ...(file === undefined ? {} : { kubeconfig: file }) };
}
