import type { Hop, Session } from './identity.ts';
import type { Sessions } from './pod-sessions.ts';
import type { StaticKeys } from './static-session.ts';

/** Whose credentials read for a definition that names somebody; roles are assumed from any of them. */
export interface Readers {
  /** A service account by a token of its own, whatever `--identity` says. */
  readonly forAccount: Sessions['forServiceAccount'];
  readonly withKeys: (keys: StaticKeys) => Session;
  /** @param who appears in the session's name */
  readonly chained: (
    base: Session,
    hop: Hop,
    who: { readonly namespace: string; readonly serviceAccount: string },
  ) => Session;
}
