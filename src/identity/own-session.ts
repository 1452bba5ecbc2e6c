import { readFile } from 'node:fs/promises';
import { LatchkeyError } from '../errors.ts';
import { SecretValue } from '../secret-value.ts';
import { readContainerCredentials, type ContainerCredentials } from './container-credentials.ts';
import type { CredentialCache } from './credential-cache.ts';
import type { Credentials, Identity, Session } from './identity.ts';
import { checkRoleArn } from './role-arn.ts';
import { chainedSession } from './role-chain.ts';
import { sessionName } from './session-name.ts';
import type { Sts } from './sts.ts';
import { webIdentitySession } from './web-identity.ts';

/** Where a process finds credentials of its own: exactly these two places, in this order, and no third. */
export interface OwnSources {
  readonly containerCredentials?: ContainerCredentials | undefined;
  readonly webIdentity?: { readonly roleArn: string; readonly tokenFile: string } | undefined;
}

/** For whom, and what is assumed from there. */
export interface OwnSessionRequest {
  readonly identity: Pick<Identity, 'kind' | 'namespace' | 'serviceAccount' | 'serviceAccountUid'>;
  readonly cluster?: string | undefined;
  readonly assumeRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  /** When neither source is there. */
  readonly none: () => LatchkeyError;
}

/** A session on what this process finds itself. Never the SDK's default chain, which ends at the node's role. */
export function ownSession(
  sources: OwnSources,
  request: OwnSessionRequest,
  deps: { readonly sts: Sts; readonly cache: CredentialCache },
): Session {
  const session = sessionName({ cluster: request.cluster, ...request.identity });
  const base = baseSession(sources, { ...request, sessionName: session }, deps);
  const { assumeRoleArn, externalId } = request;
  if (assumeRoleArn === undefined) return base;
  checkRoleArn(assumeRoleArn, 'assume-role-arn');
  return chainedSession(base, { roleArn: assumeRoleArn, externalId, sessionName: session }, deps);
}

function baseSession(
  { containerCredentials, webIdentity }: OwnSources,
  request: OwnSessionRequest & { readonly sessionName: string },
  deps: { readonly sts: Sts; readonly cache: CredentialCache },
): Session {
  const web = webIdentity === undefined ? undefined : fromTokenFile(webIdentity, request, deps);
  if (containerCredentials === undefined) {
    if (web === undefined) throw request.none();
    return web;
  }
  const identity: Identity = { ...request.identity, audience: '', roleChain: [] };
  const obtain = async (region: string, signal: AbortSignal): Promise<Credentials> => {
    try {
      return await readContainerCredentials(containerCredentials, signal);
    } catch (error) {
      // Without an association, what the service account's annotation says still holds.
      const none = error instanceof LatchkeyError && error.code === 'LK-NO-CREDENTIALS';
      if (!none || web === undefined) throw error;
      return await web.credentials(region, signal);
    }
  };
  return {
    identity,
    credentials: (region, signal) =>
      deps.cache.get({ identity, region, signal }, (own) => obtain(region, own)),
    forget: (region) => {
      deps.cache.forget(identity, region);
      web?.forget(region);
    },
  };
}

function fromTokenFile(
  { roleArn, tokenFile }: NonNullable<OwnSources['webIdentity']>,
  { identity, sessionName }: OwnSessionRequest & { readonly sessionName: string },
  deps: { readonly sts: Sts; readonly cache: CredentialCache },
): Session {
  checkRoleArn(roleArn, 'the role for web identity');
  return webIdentitySession(
    {
      identity: { ...identity, audience: '', roleChain: [roleArn] },
      roleArn,
      sessionName,
      token: () => readToken(tokenFile),
    },
    deps,
  );
}

async function readToken(file: string): Promise<SecretValue> {
  try {
    return new SecretValue((await readFile(file, 'utf8')).trim());
  } catch {
    throw new LatchkeyError(
      'LK-NO-CREDENTIALS',
      'the service account token for AWS cannot be read',
      "Check that the token's volume is mounted and that the pod's user may read it.",
    );
  }
}
