import { LatchkeyError } from '../errors.ts';
import { hasStaleCredentials } from '../stores/aws-errors.ts';
import type { Credentials, Hop, Identity, Session } from './identity.ts';
import type { CredentialCache } from './credential-cache.ts';
import { checkSamePartition } from './role-arn.ts';
import { assumeRoleError } from './sts-errors.ts';
import type { Sts } from './sts.ts';

export interface ChainedRole extends Hop {
  readonly sessionName: string;
}

/** A session that assumes a further role from another session, which it shares with everybody who has it. */
export function chainedSession(
  base: Session,
  role: ChainedRole,
  deps: { readonly sts: Sts; readonly cache: CredentialCache },
): Session {
  const { roleArn, externalId, sessionTags, transitiveTagKeys } = role;
  const identity: Identity = {
    ...base.identity,
    roleChain: [...base.identity.roleChain, roleArn],
    ...(externalId === undefined ? {} : { externalId }),
    hops: [...(base.identity.hops ?? []), { roleArn, externalId, sessionTags, transitiveTagKeys }],
  };

  const assume = async (region: string, signal: AbortSignal): Promise<Credentials> => {
    const from = await base.credentials(region, signal);
    return await deps.sts.assumeRole({ ...role, region, from }, signal);
  };

  const obtain = async (region: string, signal: AbortSignal): Promise<Credentials> => {
    try {
      return await assume(region, signal).catch(async (error: unknown) => {
        if (!hasStaleCredentials(error)) throw error;
        base.forget(region);
        return await assume(region, signal);
      });
    } catch (error) {
      if (error instanceof LatchkeyError) throw error;
      throw assumeRoleError(error, { region, roleArn, externalId, from: base.identity.roleChain.at(-1) });
    }
  };

  return {
    identity,
    credentials: async (region, signal) => {
      checkSamePartition(roleArn, region);
      return await deps.cache.get({ identity, region, signal }, (own) => obtain(region, own));
    },
    forget: (region) => deps.cache.forget(identity, region),
  };
}
