import { LatchkeyError } from '../errors.ts';
import type { Identity, Session } from '../identity/identity.ts';
import type { SessionRequest } from '../identity/pod-sessions.ts';

/** Who reads from a store file: nobody is asked for a token or a role, and identities are kept apart all the same. */
export function storeFileSession(request: SessionRequest): Session {
  return withoutAws('store-file', request, () => {
    throw new LatchkeyError('LK-NO-CREDENTIALS', 'a store file needs no credentials', 'Please report this.');
  });
}

/** Who asks for sealed values alone: AWS is not asked, so the pod needs neither token nor role. */
export function sealedSession(request: SessionRequest): Session {
  return withoutAws('sealed', request, () => {
    throw new LatchkeyError('LK-INTERNAL', 'sealed values need no credentials', 'Please report this.');
  });
}

function withoutAws(
  kind: Identity['kind'],
  { namespace, serviceAccount: { name, uid } }: SessionRequest,
  refuse: () => never,
): Session {
  return {
    identity: {
      kind,
      namespace,
      serviceAccount: name,
      serviceAccountUid: uid,
      audience: '',
      roleChain: [],
    },
    credentials: async () => refuse(),
    forget() {
      // Nothing is kept.
    },
  };
}
