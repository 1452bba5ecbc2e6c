/**
 * Who asks AWS, as STS verified it. Every field is part of each cache key: a value or credential that was obtained for one
 * identity is never used for another, however small the difference.
 */
export interface Identity {
  /** `pod`: its service account's token. `controller`: the webhook's own. `container`: what a container found. */
  readonly kind: 'pod' | 'controller' | 'container' | 'store-file';
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly audience: string;
  /** Role ARNs in the order in which they are assumed; empty when the credentials name their own. */
  readonly roleChain: readonly string[];
  readonly externalId?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** One identity that can act. Sessions are cheap; credentials behind them are shared and cached by identity and region. */
export interface Session {
  readonly identity: Identity;
  /**
   * Credentials for calls in `region`, from that region's STS endpoint.
   * @throws LatchkeyError LK-TRUST, LK-NO-OIDC, LK-NO-CREDENTIALS, LK-THROTTLED, LK-TIMEOUT, LK-AWS-AWAY, LK-KUBERNETES …
   */
  credentials(region: string, signal: AbortSignal): Promise<Credentials>;
  /** Drops what is cached, after AWS called the credentials expired or invalid. */
  forget(region: string): void;
}

/** An unambiguous text of an identity: the structured tuple as JSON, never joined strings. */
export function identityKey(identity: Identity): string {
  return JSON.stringify([
    identity.kind,
    identity.namespace,
    identity.serviceAccount,
    identity.serviceAccountUid,
    identity.audience,
    identity.roleChain,
    identity.externalId ?? null,
  ]);
}
