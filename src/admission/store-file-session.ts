import { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { SessionRequest } from '../identity/pod-sessions.ts';

/** Who reads from a store file: nobody is asked for a token or a role, and identities are kept apart all the same. */
export function storeFileSession({ namespace, serviceAccount }: SessionRequest): Session {
  return {
    identity: {
      kind: 'store-file',
      namespace,
      serviceAccount: serviceAccount.name,
      serviceAccountUid: serviceAccount.uid,
      audience: '',
      roleChain: [],
    },
    async credentials() {
      throw new LatchkeyError(
        'LK-NO-CREDENTIALS',
        'a store file needs no credentials',
        'Please report this.',
      );
    },
    forget() {
      // Nothing is kept.
    },
  };
}
