import { splitArn } from '../../arn.ts';
import type { Address } from '../../request/plan.ts';
import { partitionOf } from '../../request/regions.ts';
import { type AccountNeeds, type AssumedRole, SOME_REGION } from './needs.ts';

/** A statement of an IAM policy, with the field names that JSON has. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What is known of the AWS side. */
export interface Aws {
  /** Twelve digits, or a placeholder. */
  readonly account: string;
  /** Host and path, without `https://`, or a placeholder. */
  readonly oidcProvider: string;
}

function partition(region: string): string {
  return region === SOME_REGION ? 'aws' : partitionOf(region);
}

/** A parameter's ARN has one slash behind `parameter`, whether or not the name begins with one. */
function parameterArn({ name, region }: Address, { account }: Aws): string {
  if (name.startsWith('arn:')) return name;
  const path = name.startsWith('/') ? name : `/${name}`;
  return `arn:${partition(region)}:ssm:${region}:${account}:parameter${path}`;
}

/** Secrets Manager puts six characters of its own behind a name. */
function secretArn({ name, region }: Address, { account }: Aws): string {
  if (!name.startsWith('arn:'))
    return `arn:${partition(region)}:secretsmanager:${region}:${account}:secret:${name}-??????`;
  return /-[A-Za-z0-9]{6}$/.test(name) ? name : `${name}-??????`;
}

function allow(Sid: string, Action: string, resources: readonly string[]): readonly Statement[] {
  if (resources.length === 0) return [];
  return [{ Sid, Effect: 'Allow', Action: [Action], Resource: [...new Set(resources)].sort() }];
}

/** What reads the addresses, and nothing else. */
export function readStatements(addresses: readonly Address[], aws: Aws): readonly Statement[] {
  const single = addresses.filter(({ store, below }) => store === 'ssm' && below === undefined);
  const below = addresses.filter((address) => address.below !== undefined);
  const secrets = addresses.filter(({ store }) => store === 'secretsmanager');
  return [
    ...allow(
      'ReadParameters',
      'ssm:GetParameters',
      single.map((address) => parameterArn(address, aws)),
    ),
    ...allow(
      'ReadParametersBelow',
      'ssm:GetParametersByPath',
      below.flatMap((address) => {
        const arn = parameterArn(address, aws).replace(/\/$/, '');
        return [arn, `${arn}/*`];
      }),
    ),
    ...allow(
      'ReadSecrets',
      'secretsmanager:GetSecretValue',
      secrets.map((address) => secretArn(address, aws)),
    ),
    ...decryptStatements(addresses, aws),
  ];
}

function regionOf({ name, region }: Address): string {
  return splitArn(name)?.region ?? region;
}

/** Needed where values are encrypted with keys of one's own; through these services only. */
function decryptStatements(addresses: readonly Address[], { account }: Aws): readonly Statement[] {
  const ofAws = addresses.filter(({ store }) => store !== 'sealed');
  const regions = [...new Set(ofAws.map(regionOf))].sort();
  if (regions.length === 0) return [];
  // The stores are called as AWS calls its endpoints.
  const services = ofAws.map((address) => `${address.store}.${regionOf(address)}.amazonaws.com`);
  return [
    {
      Sid: 'DecryptWithOwnKeys',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: regions.map((region) => `arn:${partition(region)}:kms:${region}:${account}:key/*`),
      Condition: { StringEquals: { 'kms:ViaService': [...new Set(services)].sort() } },
    },
  ];
}

/** Who may be the service account's role: the account alone, by its token. */
export function accountTrust({ namespace, name, roleArn }: AccountNeeds, aws: Aws): Statement {
  const { account, oidcProvider } = aws;
  const arn = roleArn === undefined ? 'aws' : (splitArn(roleArn)?.partition ?? 'aws');
  return {
    Sid: 'ServiceAccount',
    Effect: 'Allow',
    Principal: { Federated: `arn:${arn}:iam::${account}:oidc-provider/${oidcProvider}` },
    Action: ['sts:AssumeRoleWithWebIdentity'],
    Condition: {
      StringEquals: {
        [`${oidcProvider}:aud`]: 'sts.amazonaws.com',
        [`${oidcProvider}:sub`]: `system:serviceaccount:${namespace}:${name}`,
      },
    },
  };
}

/** Who may be an assumed role: the service account's role. */
export function assumedTrust({ externalId }: AssumedRole, principal: string): Statement {
  return {
    Sid: 'FromServiceAccount',
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: ['sts:AssumeRole'],
    ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
  };
}

/** What the service account's role may do. */
export function accountStatements({ addresses, assumed }: AccountNeeds, aws: Aws): readonly Statement[] {
  return [
    ...readStatements(addresses, aws),
    ...allow(
      'AssumeRoles',
      'sts:AssumeRole',
      assumed.map(({ arn }) => arn),
    ),
  ];
}
