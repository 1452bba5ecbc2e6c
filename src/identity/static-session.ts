import type { Credentials, Session } from './identity.ts';

export interface StaticKeys {
  /** Of whom the values are for. */
  readonly namespace: string;
  readonly credentials: Credentials;
  /** Tells these keys from every other, and from themselves after a change: the Secrets that hold them, with their versions. */
  readonly source: string;
}

/** A session on keys that a definition's store brings. Nothing bounds it but what those keys may do. */
export function staticSession({ namespace, credentials, source }: StaticKeys): Session {
  return {
    identity: {
      kind: 'static-keys',
      namespace,
      serviceAccount: '',
      serviceAccountUid: '',
      audience: '',
      roleChain: [],
      staticKeys: source,
    },
    async credentials() {
      return credentials;
    },
    forget() {
      // They are as long-lived as the Secret that holds them.
    },
  };
}
