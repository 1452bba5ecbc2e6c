// Roles, sessions and what they may do: the part of IAM and STS that Latchkey depends on.

import { randomBytes } from 'node:crypto';

/** Who may assume a role: a service account by its token, or another role, with or without an external id. */
export type Trust =
  | { readonly subject: string; readonly audience?: string }
  | { readonly roleArn: string; readonly externalId?: string };

/** Actions (`ssm:GetParameters`, `ssm:*`, `*`) on resources: globs over ARNs, or over plain names. Default: all. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
}

export interface RoleSpec {
  readonly trust?: readonly Trust[];
  /** Default: everything. */
  readonly allow?: readonly Grant[];
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface AwsSession {
  readonly credentials: AwsCredentials;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Actions that the session policy leaves; undefined without one. */
  readonly policyActions?: readonly string[];
}

export interface Resource {
  readonly name: string;
  readonly arn: string;
}

export interface Access {
  role(arn: string, spec: RoleSpec): void;
  roleSpec(arn: string): RoleSpec | undefined;
  open(session: Omit<AwsSession, 'credentials'>, seconds: number): AwsSession;
  session(accessKeyId: string): AwsSession | undefined;
  expired(session: AwsSession): boolean;
  /** Every session opened so far is answered as expired from now on. */
  expireAll(): void;
  allows(session: AwsSession, action: string, resource: Resource): boolean;
}

export function matches(glob: string, text: string): boolean {
  const pattern = glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${pattern}$`, 's').test(text);
}

export function createAccess(): Access {
  const roles = new Map<string, RoleSpec>();
  const sessions = new Map<string, AwsSession>();
  const expired = new Set<string>();

  function allows(session: AwsSession, action: string, resource: Resource): boolean {
    const left = session.policyActions;
    if (left !== undefined && !left.some((glob) => matches(glob, action))) return false;
    const allow = roles.get(session.roleArn)?.allow ?? [{ actions: ['*'] }];
    return allow.some(
      (grant) =>
        grant.actions.some((glob) => matches(glob, action)) &&
        (grant.resources ?? ['*']).some((glob) =>
          matches(glob, glob.startsWith('arn:') ? resource.arn : resource.name),
        ),
    );
  }

  return {
    role: (arn, spec) => void roles.set(arn, spec),
    roleSpec: (arn) => roles.get(arn),
    open(session, seconds) {
      const credentials = {
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(20).toString('base64'),
        sessionToken: randomBytes(32).toString('base64'),
        expiration: new Date(Date.now() + seconds * 1000),
      };
      const opened = { ...session, credentials };
      sessions.set(credentials.accessKeyId, opened);
      return opened;
    },
    session: (accessKeyId) => sessions.get(accessKeyId),
    expired: (session) =>
      expired.has(session.credentials.accessKeyId) || session.credentials.expiration.getTime() <= Date.now(),
    expireAll: () => {
      for (const accessKeyId of sessions.keys()) expired.add(accessKeyId);
    },
    allows,
  };
}
