import type { Environment } from '../commands/command.ts';
import type { AdoptionConfig, Config, KubernetesAccess, SealingConfig } from './config.ts';
import type { FlagValues } from './flags.ts';
import { readValue } from './kinds.ts';
import { parseFlags, surplus } from './parse-flags.ts';
import { readProxy, type Proxy } from './proxy.ts';
import { serveRules } from './serve-rules.ts';
import { UsageError } from './usage-error.ts';

/**
 * `serve`'s configuration from its arguments and the environment: pure, frozen, and the only reader of either.
 * @throws UsageError with every problem of both, and of the rules across flags.
 */
export function readServeConfig(args: readonly string[], env: Environment): Config {
  const { values, positionals, given, problems } = parseFlags('serve', args, env);
  const inCluster = env['KUBERNETES_SERVICE_HOST'] !== undefined;
  const endpoint = endpointUrl(values['aws-endpoint-url'], env);
  const proxy = readProxy(env);
  const all = [
    ...problems,
    ...surplus(positionals, 0),
    ...endpoint.problems,
    ...proxy.problems,
    ...serveRules(values, { given, inCluster }),
  ];
  if (all.length > 0) {
    throw new UsageError(all);
  }
  return toConfig(values as FlagValues<'serve'>, { inCluster, endpoint: endpoint.url, proxy: proxy.proxy });
}

interface FromEnvironment {
  readonly inCluster: boolean;
  readonly endpoint: string | undefined;
  readonly proxy: Proxy | undefined;
}

function toConfig(values: FlagValues<'serve'>, { inCluster, endpoint, proxy }: FromEnvironment): Config {
  return Object.freeze({
    listen: Object.freeze(values['listen']),
    healthListen: Object.freeze(values['health-listen']),
    ...given('tlsCert', values['tls-cert']),
    ...given('tlsKey', values['tls-key']),
    ...given('tlsSecret', values['tls-secret']),
    ...given('clientCa', values['client-ca']),
    ...given('callerAuth', values['caller-auth']),
    kubernetes: Object.freeze(kubernetesAccess(values, inCluster)),
    ...given('storeFile', values['store-file']),
    ...given('keyFile', values['key-file']),
    identity: values['identity'],
    defaultDelivery: values['default-delivery'],
    plaintextAllowed: values['allow-plaintext'],
    ...given('region', values['region']),
    ...given('clusterName', values['cluster-name']),
    ...given('awsEndpointUrl', endpoint),
    ...given('proxy', proxy),
    cacheTtlMs: values['cache-ttl'],
    maxStaleMs: values['max-stale'],
    fetchImage: values['fetch-image'],
    fetchResources: values['fetch-resources'],
    fetchDeadlineSeconds: Math.ceil(values['fetch-deadline'] / 1000),
    skipContainers: values['skip-containers'],
    tokenAudiences: values['token-audiences'],
    tokenCheck: values['token-check'] ?? (inCluster ? 'required' : 'with-account'),
    ...given('policyFile', values['policy-file']),
    dryRunAsksAws: !values['dry-run-offline'],
    ...given('sealing', sealingOf(values)),
    ...given('adoption', values['adoption'] ? Object.freeze(adoptionOf(values)) : undefined),
    concurrency: values['concurrency'],
    namespaceConcurrency: Math.min(values['namespace-concurrency'], values['concurrency']),
    maxBodyBytes: values['max-body'],
    shutdownDelayMs: values['shutdown-delay'],
    shutdownGraceMs: values['shutdown-grace'],
    logLevel: values['log-level'],
  });
}

function sealingOf(values: FlagValues<'serve'>): SealingConfig | undefined {
  const keyNamespaces = values['sealing-key-namespaces'];
  if (keyNamespaces.length === 0) return undefined;
  return Object.freeze({ keyNamespaces, clusterWideAllowed: values['allow-cluster-wide'] });
}

function adoptionOf(values: FlagValues<'serve'>): AdoptionConfig {
  const { namespaces } = values;
  return {
    waitMs: values['adopt-wait'],
    ...given('namespaces', namespaces.length === 0 ? undefined : namespaces),
    clusterStores: values['cluster-stores'],
    staticKeysAllowed: values['allow-static-keys'],
    allowedSecretTypes: values['allow-secret-types'],
  };
}

function given<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

function kubernetesAccess(values: FlagValues<'serve'>, inCluster: boolean): KubernetesAccess {
  if (values['no-kubernetes']) {
    return { kind: 'none' };
  }
  if (values['kubeconfig'] !== undefined) {
    return { kind: 'kubeconfig', file: values['kubeconfig'] };
  }
  return inCluster ? { kind: 'in-cluster' } : { kind: 'kubeconfig' };
}

/** The flag, or the variable that every AWS SDK understands: it is read here, and nowhere by an SDK of ours. */
export function endpointUrl(
  flag: string | undefined,
  env: Environment,
): { readonly url: string | undefined; readonly problems: readonly string[] } {
  const variable = env['AWS_ENDPOINT_URL'];
  if (flag !== undefined || variable === undefined || variable === '') {
    return { url: flag, problems: [] };
  }
  const result = readValue({ name: 'aws-endpoint-url', kind: 'url', commands: [], help: '' }, variable);
  return result.ok
    ? { url: result.value as string, problems: [] }
    : { url: undefined, problems: [`AWS_ENDPOINT_URL: expected ${result.expected}`] };
}
