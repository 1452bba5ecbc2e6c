// The one small interface to the API server. Everything that Latchkey asks of Kubernetes is here.

import type { SecretValue } from '../secret-value.ts';

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of its owners the one that controls it: of a ReplicaSet mostly a Deployment. */
  readonly controller?: ObjectReference;
}

/** Which object is meant, by name and uid. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As the node says it: `v1.35.2-eks-1a2b3c`. */
  readonly kubeletVersion: string;
  readonly operatingSystem: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
}

export interface OwnerQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A Secret to create. `data` values are opened only while the request body is written. */
export interface NewSecret {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner?: ObjectReference;
  readonly type: string;
  readonly data: ReadonlyMap<string, SecretValue>;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** What came of a request for a token that nobody may be given. */
export type ForbiddenTokenOutcome =
  /** An admission policy or webhook refused it; RBAC had allowed it before. */
  | 'refused'
  /** RBAC refused it, so no policy was asked. */
  | 'no-right'
  /** It was handed out, and dropped unread. */
  | 'granted';

export interface NewEvent {
  readonly namespace: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid?: string;
  };
}

/**
 * What Latchkey asks of the API server. Names are checked (DNS-1123) before they reach a URL.
 * Every method throws LatchkeyError LK-KUBERNETES when the server cannot be reached, denies us or answers nonsense;
 * "does not exist" is `undefined`.
 */
export interface Kubernetes {
  serviceAccount(namespace: string, name: string, signal?: AbortSignal): Promise<ObjectMeta | undefined>;
  namespace(name: string, signal?: AbortSignal): Promise<ObjectMeta | undefined>;
  /** The metadata of a controller of a known kind (ReplicaSet, StatefulSet, DaemonSet, Job, ReplicationController). */
  owner(query: OwnerQuery, signal?: AbortSignal): Promise<ObjectMeta | undefined>;
  /** Whole pods, raw JSON, that match a label selector (`key=value`). */
  pods(namespace: string, labelSelector: string, signal?: AbortSignal): Promise<readonly unknown[]>;
  nodes(signal?: AbortSignal): Promise<readonly Node[]>;
  version(signal?: AbortSignal): Promise<{ readonly major: number; readonly minor: number }>;
  /**
   * A token for one service account, exactly one audience, 600 s, unbound.
   * @throws LatchkeyError LK-NO-SERVICE-ACCOUNT when the account is gone.
   */
  requestToken(
    namespace: string,
    serviceAccount: string,
    audience: string,
    signal?: AbortSignal,
  ): Promise<SecretValue>;
  /** POST only, immutable. `exists` means done: nobody without the installation's key can predict the name.
   * @throws LatchkeyError LK-QUOTA when quota or another admission step refuses, LK-TOO-LARGE. */
  createSecret(secret: NewSecret, signal?: AbortSignal): Promise<'created' | 'exists'>;
  /** Best effort by the caller; throws like the others. */
  createEvent(event: NewEvent, signal?: AbortSignal): Promise<void>;
}

/** What `serve` asks about its own power. Throws as {@link Kubernetes} does. */
export interface OwnTokens {
  /** The service account that we call as; undefined where we call as anything else, such as a certificate's user. */
  ownAccount(): Promise<ServiceAccountName | undefined>;
  /** Asks for a token that must be refused: 600 s, unbound. */
  requestForbiddenToken(
    account: ServiceAccountName,
    audience: string,
    signal?: AbortSignal,
  ): Promise<ForbiddenTokenOutcome>;
}

/** The Secret of `--tls-secret`. */
export interface CertificateSecrets {
  /** What is in it; undefined where it does not exist. Throws as {@link Kubernetes} does. */
  certificateSecret(namespace: string, name: string): Promise<ReadonlyMap<string, SecretValue> | undefined>;
}
