// What `controller` asks of the API server. `serve` has none of these rights.

import type { SecretValue } from '../secret-value.ts';
import type { MountedAccount } from './mounted-account.ts';

/** A Secret as it stands, to be filled, removed or put back. */
export interface StoredSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly type: string;
  readonly immutable: boolean;
  readonly data: ReadonlyMap<string, SecretValue>;
  /** Raw, for writing it back whole: it can hold fields that we don't know. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a list of metadata says of a Secret. */
export interface SecretHead {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** By the API server's clock, ms since the epoch. */
  readonly createdMs: number;
  readonly deleting: boolean;
}

/** `coordination.k8s.io/v1` Lease, its spec. */
export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string;
  readonly durationSeconds: number;
  /** RFC 3339; compared for equality only, since it is another machine's clock. */
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly transitions: number;
}

export interface StoredLease extends LeaseRecord {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** Raw, to be written back. */
  readonly ownerReferences: readonly unknown[];
}

export type RegistrationKind = 'mutating' | 'validating';

/** A webhook configuration, as far as it concerns certificates. */
export interface Registration {
  readonly kind: RegistrationKind;
  readonly name: string;
  readonly resourceVersion: string;
  /** `caBundle` of each webhook, decoded; empty where there is none. */
  readonly bundles: readonly string[];
}

/**
 * Names are checked (DNS-1123) before they reach a URL. Every method throws LatchkeyError LK-KUBERNETES when the server
 * cannot be reached, denies us or answers nonsense; "does not exist" is `undefined`. Every write names the version that
 * it rests on: `conflict` means that somebody else wrote in between, and that nothing was done.
 */
export interface ControllerApi {
  lease(namespace: string, name: string, signal: AbortSignal): Promise<StoredLease | undefined>;
  /** `undefined`: somebody else was first. */
  createLease(
    at: { readonly namespace: string; readonly name: string; readonly owner?: MountedAccount },
    record: LeaseRecord,
    signal: AbortSignal,
  ): Promise<StoredLease | undefined>;
  /** `undefined`: somebody else wrote in between. */
  updateLease(lease: StoredLease, record: LeaseRecord, signal: AbortSignal): Promise<StoredLease | undefined>;

  secret(namespace: string, name: string, signal: AbortSignal): Promise<StoredSecret | undefined>;
  /** PUT with the resourceVersion of `secret`; everything but `data` stays. */
  updateSecret(
    secret: StoredSecret,
    data: ReadonlyMap<string, SecretValue>,
    signal: AbortSignal,
  ): Promise<'done' | 'conflict'>;
  /** With preconditions on uid and resourceVersion. One that is gone already counts as done. */
  deleteSecret(secret: StoredSecret, signal: AbortSignal): Promise<'done' | 'conflict'>;
  /** POST of a Secret that was deleted. `gone`: its namespace is, or is being deleted. */
  recreateSecret(secret: StoredSecret, signal: AbortSignal): Promise<'done' | 'exists' | 'gone'>;

  /** Metadata of all Secrets that match, paged. A Secret can be visited twice when a list begins anew. */
  eachSecret(query: SecretQuery, visit: (head: SecretHead) => void, signal: AbortSignal): Promise<void>;
  /**
   * All pods, raw, paged; consistent, as of a moment after the call began. A pod can be visited twice, and one that went
   * meanwhile too, when a list begins anew.
   */
  eachPod(namespace: string | undefined, visit: (pod: unknown) => void, signal: AbortSignal): Promise<void>;

  registration(kind: RegistrationKind, name: string, signal: AbortSignal): Promise<Registration | undefined>;
  /** Sets `caBundle` (PEM) of every webhook of the configuration, and nothing else. */
  publish(registration: Registration, bundle: string, signal: AbortSignal): Promise<'done' | 'conflict'>;

  /** How far our wall clock is ahead of the API server's, in ms, at its last answer; to a second. */
  clockAheadMs(): number | undefined;
}

export interface SecretQuery {
  /** Absent: all. */
  readonly namespace?: string;
  /** `key=value`. */
  readonly labelSelector: string;
}
