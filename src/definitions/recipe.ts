// The contract between what reads a definition (an ExternalSecret of one kind or the other) and what carries it out:
// whose identity reads what, and how the answers become one Secret. Reading a definition and composing its Secret are pure.

import type { LatchkeyError, Problem } from '../errors.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Address, Place } from '../request/plan.ts';
import type { SealedFor } from '../sealed/scope.ts';
import type { SecretValue } from '../secret-value.ts';

/** The kinds whose definitions are carried out. */
export type DefinitionKind = 'kes' | 'eso' | 'sealed-secret' | 'ascp';

/** Which definition is meant: enough for an owner reference, a message and a cache key. */
export interface DefinitionReference {
  readonly kind: DefinitionKind;
  readonly apiVersion: string;
  /** The Kubernetes kind: `ExternalSecret`. */
  readonly objectKind: string;
  readonly namespace: string;
  readonly name: string;
  /** '' for a definition that comes from a file. */
  readonly uid: string;
}

/** A role to assume, after the reader's own and those before it. */
export interface RoleHop {
  readonly roleArn: string;
  /** Where in the definition or its store the role stands, for problems. */
  readonly place: Place;
  readonly externalId?: string;
  readonly sessionTags?: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys?: readonly string[];
}

/** One key of a Secret, settled: the namespace is never left open. */
export interface SecretKeyReference {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** Whose identity reads, before any role of the definition is assumed. */
export type Reader =
  /** What `--identity` says: the pod's own role, or the webhook's. */
  | { readonly kind: 'default' }
  /** ESO `jwt.serviceAccountRef`. */
  | {
      readonly kind: 'service-account';
      readonly namespace: string;
      readonly name: string;
      readonly audiences?: readonly string[];
      readonly place: Place;
      /** A cluster-wide store's own account, which lives in no tenant's namespace: its store's name. */
      readonly clusterStore?: string;
    }
  /** ESO `secretRef`. */
  | {
      readonly kind: 'static-keys';
      readonly accessKeyId: SecretKeyReference;
      readonly secretAccessKey: SecretKeyReference;
      readonly sessionToken?: SecretKeyReference;
      readonly place: Place;
      readonly clusterStore?: string;
    };

/** An identity, and all roles that are assumed from it, in order. Two accesses of equal content are one session. */
export interface Access {
  readonly reader: Reader;
  readonly roles: readonly RoleHop[];
}

/** One thing to read: where, as whom, and where it was written. */
export interface Question {
  readonly access: Access;
  readonly address: Address;
  readonly place: Place;
  /** The key or path as written, for messages. */
  readonly text: string;
  /** Asked where the address's own region gives no definite answer. */
  readonly failover?: Address;
}

/** One sealed value of a definition, and for whom it is opened: who wrote the definition chooses neither. */
export interface SealedQuestion {
  readonly text: string;
  readonly sealedFor: SealedFor;
  readonly place: Place;
}

/** A ConfigMap or Secret of the definition's namespace that its template reads (ESO `templateFrom`). */
export interface TemplateObject {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly place: Place;
}

/** Everything that composing needs and that only I/O can give. */
export interface Ingredients {
  /** The answers to one access's questions; addresses of another access are not known here. */
  answers(access: Access): Answers;
  /** The data of a template object, decoded; `undefined` where it does not exist. */
  templateObject(object: TemplateObject): ReadonlyMap<string, SecretValue> | undefined;
  /** What a sealed value holds, or why it does not open. Absent where nothing is sealed. */
  opened?(sealed: SealedQuestion): SecretValue | LatchkeyError;
}

/** What a definition makes of the answers. */
export interface SecretDraft {
  readonly type: string;
  readonly data: ReadonlyMap<string, SecretValue>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly immutable?: true;
  readonly warnings: readonly string[];
}

export type Composed =
  | { readonly kind: 'secret'; readonly draft: SecretDraft }
  /** Nothing is there to make a Secret of, and the definition says that then there shall be none. */
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/**
 * A definition that has been read and checked. Composing is a function of the answers alone, however often it is called.
 */
export interface Recipe {
  readonly definition: DefinitionReference;
  /** The Secret that it makes, in the definition's namespace. */
  readonly secretName: string;
  /** `owner`: the Secret goes when its definition goes. `orphan`: it stays. */
  readonly ownership: 'owner' | 'orphan';
  /** Each question once. */
  readonly questions: readonly Question[];
  /** Asked with the same name where a question that names no failover of its own gets no definite answer. */
  readonly failoverRegion?: string;
  readonly templateObjects: readonly TemplateObject[];
  /** Values that are sealed in the definition itself. */
  readonly sealed?: readonly SealedQuestion[];
  /** A SHA-256 of everything in the definition (and its stores) that decides what is made, as hex: for change detection. */
  readonly hash: string;
  /** Of reading: what is done differently from the original controller and might surprise. */
  readonly warnings: readonly string[];
  compose(ingredients: Ingredients): Composed;
}

/** What reading a definition comes to. */
export type ReadDefinition =
  | { readonly kind: 'recipe'; readonly recipe: Recipe }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/** What surrounds a definition and decides defaults. */
export interface DefinitionContext {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  /** Asked where the definition names no region: the namespace's annotation, else `--region`. */
  readonly region?: string;
  /** Types of Secrets beyond the six harmless ones that the operator allows (`--allow-secret-types`). */
  readonly allowedSecretTypes: readonly string[];
}
