// The contract between the planner and everything behind it. Plain JSON data throughout: a plan is hashed, and for
// `memory` delivery it travels into the init container.

import type { Problem } from '../errors.ts';

/** Stores that AWS keeps. */
export type AwsStoreName = 'ssm' | 'secretsmanager';
/** `sealed`: the reference holds the value itself, which the cluster's sealing keys open. */
export type StoreName = AwsStoreName | 'sealed';
export type DeliveryName = 'secret' | 'memory' | 'plaintext';
export type Decoding = 'base64';
export type Encoding = 'base64' | 'url' | 'json';

/** Where a wish was written: for messages, and for `status.details.causes[].field`. */
export interface Place {
  /** In the user's words: `env TEST_VALUE`, `file tls.key`, `container app, env DATABASE_URL`. */
  readonly label: string;
  /** `metadata.annotations[latchkey.dev/env.TEST_VALUE]` or `spec.containers[0].env[2].value`. */
  readonly field: string;
}

/** Everything that decides which bytes a store returns, and nothing else. Two equal addresses are one fetch. */
export interface Address {
  readonly store: StoreName;
  /** The region to ask; never empty, but of `sealed`, which is nowhere. */
  readonly region: string;
  /** As sent to AWS: a parameter or secret name, or a full ARN; without version or label. Of `sealed` the ciphertext. */
  readonly name: string;
  /** SSM: a version number or a label, as in `NAME:3`. */
  readonly selector?: string;
  /** Secrets Manager: `VersionId`. */
  readonly version?: string;
  /** Secrets Manager: `VersionStage`; AWS takes AWSCURRENT when both are absent. */
  readonly stage?: string;
  /** SSM, below a path: `name` is the path; one level, or all. Answers many members. */
  readonly below?: 'one-level' | 'all-levels';
  /** Many by search, instead of by one name. Answers many members; `name` is '' or the path to begin at. */
  readonly find?: Find;
  /** Instead of the value: its tags, as a JSON object of strings. */
  readonly payload?: 'tags';
}

/** A search over names and tags (External Secrets Operator's `find`); what is given must all match. */
export interface Find {
  /** An RE2 expression that must match somewhere in the full name. */
  readonly name?: string;
  /** Secrets Manager: a prefix of the name. SSM searches below `Address.name` and leaves this out. */
  readonly prefix?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One reference of a plan: relative names, regions and options are settled. */
export interface Source {
  /** As the user wrote it, for messages (quote it before printing). */
  readonly text: string;
  readonly address: Address;
  /** What follows the first `#`, unparsed: an exact top-level key wins over the path reading. */
  readonly property?: string;
  /** A JMESPath expression that takes one value out of a JSON document (a SecretProviderClass's `jmesPath`). */
  readonly jmesPath?: string;
  /** Asked when the address's own region fails without a definite answer, instead of the same name in another region. */
  readonly failover?: Address;
  readonly optional?: true;
  readonly default?: string;
  readonly decode?: Decoding;
  readonly encode?: Encoding;
}

/** Text and references, in order. */
export type Template = readonly (string | Source)[];

/** A place in the pod that receives one value. */
export type Slot =
  | { readonly kind: 'env'; readonly name: string }
  | {
      readonly kind: 'file';
      /** Relative to the mount path, or absolute. Checked segments; never `..`. */
      readonly path: string;
      /** Only where it differs from the plan's file mode. */
      readonly mode?: number;
    }
  | {
      readonly kind: 'in-place';
      readonly container: string;
      readonly variable: string;
      /** The n-th reference inside this variable's value. */
      readonly index: number;
    };

/** One wish: a slot and what goes into it. A template of exactly one source keeps binary bytes. */
export interface Item {
  readonly slot: Slot;
  readonly template: Template;
  readonly place: Place;
}

/** `env-from` or `files-from`: every member of a JSON secret or below a path. */
export interface Bulk {
  readonly kind: 'env' | 'file';
  readonly source: Source;
  readonly prefix?: string;
  readonly case?: 'upper';
  /** Only these members; order as written. */
  readonly keys?: readonly string[];
  readonly place: Place;
}

/** An `env` entry that holds references in place, in normal form (before any delivery). */
export interface InPlace {
  readonly container: string;
  readonly variable: string;
  /**
   * The value's pieces: text that stays in the pod spec (with its `$(VAR)`s), and the index of a reference.
   * A value that is one reference and nothing else has the single piece `0`.
   */
  readonly pieces: readonly (string | number)[];
  /** The references as written, for the annotation `in-place`; `references[n]` belongs to index n. */
  readonly references: readonly string[];
  readonly place: Place;
}

/** What one pod asks for, in normal form: the same for a fresh pod and for one that already carries our delivery. */
export interface Plan {
  readonly delivery: DeliveryName;
  /** Sorted by slot; each slot once. */
  readonly items: readonly Item[];
  readonly bulks: readonly Bulk[];
  readonly inPlace: readonly InPlace[];
  /** Names of the containers and init containers that get `env` items and files, in pod order. */
  readonly targets: readonly string[];
  readonly mountPath: string;
  /** Permission bits, as 0o444. */
  readonly fileMode: number;
  /** Asked when the address's own region fails without a definite answer. */
  readonly failoverRegion?: string;
  /** A role to assume from the pod's role. */
  readonly assumeRoleArn?: string;
  readonly externalId?: string;
  readonly preflight: 'off' | 'warn' | 'enforce';
  /**
   * CSI volumes of the pod that are filled instead of mounting files at `mountPath`: a file's path begins with its volume's
   * name.
   */
  readonly volumes?: readonly PlanVolume[];
  /** `memory`: these and no other credentials of the pod. Absent: whichever it has. */
  readonly credentials?: 'pod-identity' | 'web-identity';
}

/** A volume of the Secrets Store CSI driver, and the SecretProviderClass that says what is in it. */
export interface PlanVolume {
  readonly volume: string;
  readonly className: string;
}

/** What surrounds the pod and decides defaults. */
export interface PlanDefaults {
  readonly namespace: string;
  /** The namespace's annotations, unprefixed lookups are the planner's business. */
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  /** The namespace's labels: `latchkey.dev/injection` may stand there too. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** `--region`. */
  readonly region?: string;
  /** `--default-delivery`. */
  readonly delivery: DeliveryName;
  /** `--skip-containers`. */
  readonly skipContainers: readonly string[];
}

export type Planned =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly warnings: readonly string[] }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };
