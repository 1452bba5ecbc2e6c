/**
 * Who asks AWS, as STS verified it. Every field is part of each cache key: a value or credential that was obtained for one
 * identity is never used for another, however small the difference.
 */
export interface Identity {
  /** `pod`: its service account's token. `controller`: the webhook's own. `container`: what a container found. `static-keys`: a Secret's. `sealed`: nobody's. */
  readonly kind: 'pod' | 'controller' | 'container' | 'static-keys' | 'store-file' | 'sealed';
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly audience: string;
  /** Role ARNs in the order in which they are assumed; empty when the credentials name their own. */
  readonly roleChain: readonly string[];
  readonly externalId?: string;
  /** How each role that is chained was assumed. */
  readonly hops?: readonly Hop[];
  /** Which keys, of which version of the Secrets that hold them; for `static-keys`. */
  readonly staticKeys?: string;
}

/** One role that is assumed from another, and what STS is told with it. */
export interface Hop {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  readonly sessionTags?: readonly SessionTag[] | undefined;
  /** Keys of tags that the roles after this one see as well. */
  readonly transitiveTagKeys?: readonly string[] | undefined;
}

export interface SessionTag {
  readonly key: string;
  readonly value: string;
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
    (identity.hops ?? []).map(hopKey),
    identity.staticKeys ?? null,
  ]);
}

function hopKey({ roleArn, externalId, sessionTags = [], transitiveTagKeys = [] }: Hop): unknown {
  return [roleArn, externalId ?? null, sessionTags.map(({ key, value }) => [key, value]), transitiveTagKeys];
}
