import { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { SessionRequest } from '../identity/pod-sessions.ts';

/** Who asks for sealed values alone: AWS is not asked, so the pod needs neither token nor role. */
export function sealedSession({ namespace, serviceAccount }: SessionRequest): Session {
  return {
    identity: {
      kind: 'sealed',
      namespace,
      serviceAccount: serviceAccount.name,
      serviceAccountUid: serviceAccount.uid,
      audience: '',
      roleChain: [],
    },
    async credentials() {
      throw new LatchkeyError('LK-INTERNAL', 'sealed values need no credentials', 'Please report this.');
    },
    forget() {
      // Nothing is kept.
    },
  };
}
