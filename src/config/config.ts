import type { DeliveryName } from '../request/plan.ts';
import type { LogLevel } from '../telemetry/log-levels.ts';
import type { Proxy } from './proxy.ts';

export interface HostPort {
  /** As written; IPv6 without its brackets. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** CPU and memory of the init container, requests equal to limits, as Kubernetes quantities. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
}

/** Where an object of the API server is. */
export interface ObjectPlace {
  readonly namespace: string;
  readonly name: string;
}

export type KubernetesAccess =
  | { readonly kind: 'none' }
  | { readonly kind: 'in-cluster' }
  /** Without a file: the usual rules ($KUBECONFIG, ~/.kube/config). */
  | { readonly kind: 'kubeconfig'; readonly file?: string };

/** Opening sealed values. */
export interface SealingConfig {
  /** Where sealing keys are looked for. */
  readonly keyNamespaces: readonly string[];
  /** Whether references may be sealed for the whole cluster. */
  readonly clusterWideAllowed: boolean;
}

/** How definitions that people already have are carried out. */
export interface AdoptionConfig {
  readonly waitMs: number;
  /** Absent: all. */
  readonly namespaces?: readonly string[];
  readonly clusterStores: readonly string[];
  readonly staticKeysAllowed: boolean;
  readonly allowedSecretTypes: readonly string[];
}

/** Everything that `serve` was told, checked and frozen. Files are named here and read at start. */
export interface Config {
  readonly listen: HostPort;
  readonly healthListen: HostPort;
  /** Both files, or the Secret. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSecret?: ObjectPlace;
  readonly clientCa?: string;
  readonly callerAuth?: 'client-cert' | 'network';
  readonly kubernetes: KubernetesAccess;
  /** Answers for every store instead of AWS. */
  readonly storeFile?: string;
  /** File with the installation's key. Absent: `secret` delivery is refused per pod. */
  readonly keyFile?: string;
  readonly identity: 'pod' | 'controller';
  readonly defaultDelivery: DeliveryName;
  readonly plaintextAllowed: boolean;
  readonly region?: string;
  readonly clusterName?: string;
  readonly awsEndpointUrl?: string;
  /** For calls to AWS. */
  readonly proxy?: Proxy;
  readonly cacheTtlMs: number;
  readonly maxStaleMs: number;
  readonly fetchImage: string;
  readonly fetchResources: Resources;
  /** How long `fetch` keeps trying inside a pod, in seconds. */
  readonly fetchDeadlineSeconds: number;
  readonly skipContainers: readonly string[];
  readonly tokenAudiences: readonly string[];
  /** Whether `serve` waits for a refusal: always, where it calls as a service account, or never. */
  readonly tokenCheck: 'required' | 'with-account' | 'off';
  readonly policyFile?: string;
  readonly dryRunAsksAws: boolean;
  /** Absent: nothing that is sealed is opened. */
  readonly sealing?: SealingConfig;
  /** Absent: definitions are not carried out. */
  readonly adoption?: AdoptionConfig;
  /** Reviews in flight, in all and for one namespace. */
  readonly concurrency: number;
  readonly namespaceConcurrency: number;
  readonly maxBodyBytes: number;
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
}
