// STS: AssumeRoleWithWebIdentity, which verifies the token as AWS does, and AssumeRole for role chains.

import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';

import type { Access, AwsSession, RoleSpec } from './aws-double-access.ts';
import { AwsAnswerError, jsonInput, textOf, textsOf } from './aws-double-answer.ts';

/** An OIDC provider as it is registered in IAM. */
export interface OidcProvider {
  readonly issuer: string;
  /** The provider's public keys; asked at each call, so that keys can be rotated. */
  jwks(): JSONWebKeySet | Promise<JSONWebKeySet>;
  /** The provider's client ids. Default: `sts.amazonaws.com`. */
  readonly audiences?: readonly string[];
}

export interface StsDouble {
  /** Answers the inner XML of the action's result. */
  answer(action: string, input: URLSearchParams, caller: AwsSession | undefined): Promise<string>;
}

const DENIED = (action: string): AwsAnswerError =>
  new AwsAnswerError('AccessDenied', `Not authorized to perform sts:${action}`, 403);

export function createStsDouble(access: Access, oidc: () => OidcProvider | undefined): StsDouble {
  async function verify(token: string): Promise<JWTPayload> {
    const provider = oidc();
    if (provider === undefined) {
      throw new AwsAnswerError(
        'InvalidIdentityToken',
        'No OpenIDConnect provider found in your account for https://issuer',
      );
    }
    try {
      const keys = createLocalJWKSet(await provider.jwks());
      const { payload } = await jwtVerify(token, keys, { algorithms: ['RS256'], issuer: provider.issuer });
      const audiences = [payload.aud ?? []].flat();
      const known = provider.audiences ?? ['sts.amazonaws.com'];
      if (!audiences.some((audience) => known.includes(audience))) {
        throw new AwsAnswerError('InvalidIdentityToken', 'Incorrect token audience');
      }
      return payload;
    } catch (error) {
      if (error instanceof AwsAnswerError) throw error;
      if (error instanceof errors.JWTExpired)
        throw new AwsAnswerError('ExpiredTokenException', 'Token expired: current date/time');
      throw new AwsAnswerError(
        'InvalidIdentityToken',
        'The web identity token that was passed could not be validated by AWS',
      );
    }
  }

  function open(input: URLSearchParams, maxSeconds: number): AwsSession {
    const roleArn = input.get('RoleArn') ?? '';
    const sessionName = input.get('RoleSessionName') ?? '';
    const seconds = Number(input.get('DurationSeconds') ?? 3600);
    const policy = input.get('Policy');
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw new AwsAnswerError('ValidationError', "Value at 'roleSessionName' failed to satisfy constraint");
    }
    if (!(seconds >= 900 && seconds <= maxSeconds)) {
      throw new AwsAnswerError(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration',
      );
    }
    if (policy !== null && policy.length > 2048)
      throw new AwsAnswerError('PackedPolicyTooLarge', 'too large');
    return access.open(
      { roleArn, sessionName, ...(policy === null ? {} : { policyActions: actionsOf(policy) }) },
      seconds,
    );
  }

  async function withWebIdentity(input: URLSearchParams): Promise<AwsSession> {
    const payload = await verify(input.get('WebIdentityToken') ?? '');
    const role = access.roleSpec(input.get('RoleArn') ?? '');
    if (
      !trusts(role, (trust) => trust.subject === payload.sub && [payload.aud].flat().includes(trust.audience))
    ) {
      throw DENIED('AssumeRoleWithWebIdentity');
    }
    return open(input, 43_200);
  }

  function byRole(input: URLSearchParams, caller: AwsSession | undefined): AwsSession {
    if (caller === undefined)
      throw new AwsAnswerError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    const left = caller.policyActions;
    const role = access.roleSpec(input.get('RoleArn') ?? '');
    const trusted = (role?.trust ?? []).some(
      (trust) =>
        'roleArn' in trust &&
        trust.roleArn === caller.roleArn &&
        (trust.externalId === undefined || trust.externalId === input.get('ExternalId')),
    );
    if (!trusted || (left !== undefined && !left.includes('sts:AssumeRole'))) throw DENIED('AssumeRole');
    // Role chaining: an hour at most.
    return open(input, 3600);
  }

  return {
    async answer(action, input, caller) {
      if (action === 'AssumeRoleWithWebIdentity') return xml(await withWebIdentity(input));
      if (action === 'AssumeRole') return xml(byRole(input, caller));
      throw new AwsAnswerError('InvalidAction', action);
    },
  };
}

function trusts(
  role: RoleSpec | undefined,
  accepts: (trust: { readonly subject: string; readonly audience: string }) => boolean,
): boolean {
  return (role?.trust ?? []).some(
    (trust) => 'subject' in trust && accepts({ audience: 'sts.amazonaws.com', ...trust }),
  );
}

/** The actions that a session policy allows; conditions and resources are not looked at. */
function actionsOf(policy: string): readonly string[] {
  const statements = jsonInput(policy)['Statement'];
  if (!Array.isArray(statements)) throw new AwsAnswerError('MalformedPolicyDocument', 'no statements');
  return statements
    .map((statement: unknown) => jsonInput(JSON.stringify(statement)))
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => (Array.isArray(Action) ? textsOf(Action) : [textOf(Action)]));
}

function xml({ credentials, roleArn, sessionName }: AwsSession): string {
  const assumed = roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  return (
    `<Credentials><AccessKeyId>${credentials.accessKeyId}</AccessKeyId>` +
    `<SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>` +
    `<SessionToken>${credentials.sessionToken}</SessionToken>` +
    `<Expiration>${credentials.expiration.toISOString()}</Expiration></Credentials>` +
    `<AssumedRoleUser><Arn>${assumed}/${sessionName}</Arn><AssumedRoleId>AROA:${sessionName}</AssumedRoleId></AssumedRoleUser>`
  );
}
