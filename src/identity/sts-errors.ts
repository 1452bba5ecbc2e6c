import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { errorName, timedOut, transportError } from '../stores/aws-errors.ts';
import { splitRole } from './role-arn.ts';
import type { TokenClaims } from './token-claims.ts';

/** What STS was told with a service account's token. */
export interface WebIdentityCall {
  readonly region: string;
  readonly roleArn: string;
  readonly claims: TokenClaims;
}

/** A failed AssumeRoleWithWebIdentity, rebuilt: nothing of the SDK's error but its name decides, and none of its text is kept. */
export function webIdentityError(error: unknown, call: WebIdentityCall): LatchkeyError {
  const name = nameOf(error);
  const { account, partition } = splitRole(call.roleArn);
  const { issuer: provider = 'OIDC-PROVIDER', subject = 'SUBJECT', audience = 'AUDIENCE' } = call.claims;
  if (name === 'InvalidIdentityToken' || name === 'IDPRejectedClaim')
    return tokenRefused(error, call, account);
  if (name === 'AccessDenied') {
    const statement = {
      Effect: 'Allow',
      Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${provider}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${provider}:sub`]: subject, [`${provider}:aud`]: audience } },
    };
    return new LatchkeyError(
      'LK-TRUST',
      `role ${call.roleArn} does not exist or does not trust ${subject} with audience ${quoted(audience)}`,
      `Add to the role's trust policy: ${JSON.stringify(statement)}.`,
    );
  }
  return commonError(error, call);
}

/** A failed AssumeRole of a chain. `from` is the role that asked, where it is known. */
export function assumeRoleError(
  error: unknown,
  call: {
    readonly region: string;
    readonly roleArn: string;
    readonly from: string | undefined;
    readonly externalId: string | undefined;
  },
): LatchkeyError {
  if (nameOf(error) === 'AccessDenied') {
    const withId =
      call.externalId === undefined
        ? 'without an external id'
        : `with external id ${quoted(call.externalId)}`;
    const who = call.from === undefined ? 'the AWS identity in use' : `role ${call.from}`;
    const condition = call.externalId === undefined ? '' : ' under that sts:ExternalId';
    return new LatchkeyError(
      'LK-TRUST',
      `role ${call.roleArn} cannot be assumed by ${who} ${withId}`,
      `Trust ${who} in the trust policy of the first${condition}, and allow sts:AssumeRole on it to the second.`,
    );
  }
  return commonError(error, call);
}

/** Whether a new token may help. */
export function isExpired(error: unknown): boolean {
  return nameOf(error) === 'ExpiredToken';
}

function tokenRefused(error: unknown, call: WebIdentityCall, account: string): LatchkeyError {
  const text = error instanceof Error ? error.message : '';
  const issuer = call.claims.issuer === undefined ? "the cluster's issuer" : `issuer ${call.claims.issuer}`;
  if (text.includes('No OpenIDConnect provider')) {
    return new LatchkeyError(
      'LK-NO-OIDC',
      `account ${account} has no OIDC provider for ${issuer}`,
      'Create it in IAM (eksctl utils associate-iam-oidc-provider --approve, or aws_iam_openid_connect_provider).',
    );
  }
  if (text.includes('audience')) {
    return new LatchkeyError(
      'LK-NO-OIDC',
      `the OIDC provider for ${issuer} in account ${account} does not list audience ${quoted(call.claims.audience ?? '')}`,
      "Add the audience to that provider's client ids.",
    );
  }
  return new LatchkeyError(
    'LK-NO-OIDC',
    `STS does not accept tokens of ${issuer} in account ${account}`,
    "Compare the OIDC provider's URL with the cluster's issuer, and see that its keys can be fetched from the internet.",
  );
}

function commonError(
  error: unknown,
  { region, roleArn }: { readonly region: string; readonly roleArn: string },
): LatchkeyError {
  const name = nameOf(error);
  if (name === 'IDPCommunicationError')
    return timedOut("STS, which asks the cluster's OIDC issuer for its keys,", region);
  const onTheWay = name === 'ExpiredToken' ? undefined : transportError(error, 'STS', region);
  if (onTheWay !== undefined) return onTheWay;
  const [message, remedy] = INVALID.get(name) ?? [
    `STS calls the request for role ${roleArn} invalid`,
    'Check the role and the clocks of the cluster.',
  ];
  return new LatchkeyError('LK-INVALID', `${message} (${name === '' ? 'no name' : name}, ${region})`, remedy);
}

const INVALID: ReadonlyMap<string, readonly [string, string]> = new Map([
  [
    'RegionDisabled',
    [
      'STS is switched off in this region',
      "Switch the region's STS endpoint on in the account settings of IAM, or ask in another region.",
    ],
  ],
  [
    'PackedPolicyTooLarge',
    [
      "the session policy and tags leave no room in the role's session",
      'Take session tags off the role or its identity provider.',
    ],
  ],
  ['ExpiredToken', ['STS calls a new token expired', "Check the clock of the API server's machines."]],
]);

/** The query protocol's code and the SDK's class differ by a suffix, depending on whether the SDK knows the error. */
function nameOf(error: unknown): string {
  return errorName(error).replace(/Exception$/, '');
}
