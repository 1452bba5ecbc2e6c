// What `serve` asks of the API server to carry out definitions, and what it may ask only with --adoption.

import type { LatchkeyError } from '../errors.ts';
import type { SecretValue } from '../secret-value.ts';
import type { StoredSecret } from './controller-api.ts';
import type { ObjectReference } from './kubernetes.ts';

/** A kind of custom resource, as its URL names it. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** What Latchkey writes of a Secret that a definition describes. */
export interface AdoptedContent {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
}

export interface NewAdoptedSecret extends AdoptedContent {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Controls it: the Secret goes when its definition goes. */
  readonly owner?: ObjectReference;
  readonly immutable?: true;
}

/** Follows the objects of one kind. Between `began` and `listed`, every object that there is comes once. */
export interface Follower {
  /** A list begins: what does not come until it has been listed is gone. */
  began(): void;
  set(object: unknown): void;
  removed(object: unknown): void;
  /** @param version of the kind, in which it is followed */
  listed(version: string): void;
  /** The API server does not know the kind. It is asked again when somebody wakes it. */
  absent(): void;
  /** It could not be read; it is tried again. */
  failed(error: LatchkeyError): void;
}

export interface FollowedKind {
  /** '' for Kubernetes' own first group, which has Secrets. */
  readonly group: string;
  /** The first that is served is followed. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  /** Absent: all. */
  readonly namespace?: string;
  /** Only objects that fit: `labelSelector`, `fieldSelector`. */
  readonly select?: Readonly<Record<string, string>>;
  /** Nothing but the objects' metadata: what else they hold does not travel. */
  readonly metadataOnly?: true;
}

/**
 * Names are checked (DNS-1123) before they reach a URL. Every method throws LatchkeyError LK-KUBERNETES when the server
 * cannot be reached, denies us or answers nonsense; "does not exist" is `undefined`.
 */
export interface AdoptionApi {
  secret(namespace: string, name: string, signal: AbortSignal): Promise<StoredSecret | undefined>;
  /**
   * POST only.
   * @throws LatchkeyError LK-TOO-LARGE, LK-QUOTA, LK-DEFINITION (what it holds is not valid)
   */
  createSecret(secret: NewAdoptedSecret, signal: AbortSignal): Promise<'created' | 'exists'>;
  /**
   * PUT with the resourceVersion of `stored`: its data are replaced, labels and annotations are added to. `conflict` means
   * that somebody else wrote in between, and that nothing was done.
   * @throws as `createSecret`
   */
  updateSecret(
    stored: StoredSecret,
    content: AdoptedContent,
    signal: AbortSignal,
  ): Promise<'done' | 'conflict'>;
  /**
   * The same for a Secret that Latchkey did not make and that its author handed over; `owner` controls it from then on.
   * @throws as `createSecret`
   */
  claimSecret(
    stored: StoredSecret,
    content: AdoptedContent,
    owner: ObjectReference | undefined,
    signal: AbortSignal,
  ): Promise<'done' | 'conflict'>;
  configMap(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, SecretValue> | undefined>;
  /** Raw; undefined also where the kind is not served. Without a namespace: of the cluster. */
  object(
    resource: CustomResource,
    at: { readonly namespace?: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Follows until the signal aborts. `wake` looks again at once for a kind that is absent. */
  follow(kind: FollowedKind, follower: Follower, signal: AbortSignal): { wake(): void };
}
