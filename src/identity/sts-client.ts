import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type Credentials as StsCredentials,
} from '@aws-sdk/client-sts';
import type { SecretValue } from '../secret-value.ts';
import type { ExplicitConfig } from '../stores/aws-config.ts';
import type { Credentials, Hop } from './identity.ts';
import { SESSION_POLICY } from './session-policy.ts';
import type { Assumption } from './sts.ts';

// The shortest that STS gives; also the answer to a leak from memory.
const SESSION_SECONDS = 900;

/** AssumeRoleWithWebIdentity: unsigned, the token says who asks. */
export async function withWebIdentity(
  config: ExplicitConfig,
  { token, ...assumption }: Assumption & { readonly token: SecretValue },
  abortSignal: AbortSignal,
): Promise<Credentials> {
  const command = new AssumeRoleWithWebIdentityCommand({
    ...common(assumption),
    WebIdentityToken: Buffer.from(token.reveal()).toString('utf8'),
  });
  const { Credentials } = await new STSClient(config).send(command, { abortSignal });
  return whole(Credentials);
}

/** AssumeRole, with the credentials that are in `config`. */
export async function assumeRole(
  config: ExplicitConfig,
  { externalId, sessionTags = [], transitiveTagKeys = [], ...assumption }: Assumption & Hop,
  abortSignal: AbortSignal,
): Promise<Credentials> {
  const command = new AssumeRoleCommand({
    ...common(assumption),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...(sessionTags.length === 0
      ? {}
      : { Tags: sessionTags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(transitiveTagKeys.length === 0 ? {} : { TransitiveTagKeys: [...transitiveTagKeys] }),
  });
  const { Credentials } = await new STSClient(config).send(command, { abortSignal });
  return whole(Credentials);
}

function common({ roleArn, sessionName }: Assumption): {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds: number;
  Policy: string;
} {
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: SESSION_SECONDS,
    Policy: SESSION_POLICY,
  };
}

/** An answer without credentials is no answer: it ends as "STS cannot be reached". */
function whole(credentials: StsCredentials | undefined): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Expiration === undefined) {
    throw new Error('incomplete answer');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
