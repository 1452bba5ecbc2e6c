import { splitArn } from '../../arn.ts';
import type { AccountNeeds } from './needs.ts';
import {
  accountStatements,
  accountTrust,
  assumedTrust,
  type Aws,
  readStatements,
  type Statement,
} from './statements.ts';
import { terraformDocument, terraformName } from './terraform.ts';

/** A role with the two policies that it needs. */
export interface RolePolicies {
  /** What it is for: `service account shop/app`, or the ARN of an assumed role. */
  readonly title: string;
  /** Where it is known. */
  readonly roleArn?: string;
  readonly trust: readonly Statement[];
  /** Empty where it reads nothing itself. */
  readonly policy: readonly Statement[];
  readonly terraform: string;
}

/** What `--account-id` and `--oidc-provider` say. */
export interface Known {
  readonly account?: string;
  readonly oidcProvider?: string;
}

export const SOME_ACCOUNT = 'ACCOUNT_ID';
export const SOME_PROVIDER = 'OIDC_PROVIDER';

/** The account that was named, else that of the service account's role, else of a role that it assumes. */
function awsOf({ roleArn, assumed }: AccountNeeds, { account, oidcProvider }: Known): Aws {
  const arns = [roleArn, ...assumed.map(({ arn }) => arn)].flatMap((arn) => arn ?? []);
  const known = account ?? arns.map((arn) => splitArn(arn)?.account).find((each) => each !== undefined);
  return { account: known ?? SOME_ACCOUNT, oidcProvider: oidcProvider ?? SOME_PROVIDER };
}

/** The roles of a service account: its own, and those that it assumes. */
export function rolePolicies(needs: AccountNeeds, known: Known): readonly RolePolicies[] {
  const { namespace, name, roleArn, assumed } = needs;
  const aws = awsOf(needs, known);
  const own = `${namespace}_${name}`;
  const principal = roleArn ?? `arn:aws:iam::${aws.account}:role/${namespace}-${name}`;
  const policy = accountStatements(needs, aws);
  const trust = [accountTrust(needs, aws)];
  return [
    {
      title: `service account ${namespace}/${name}`,
      ...(roleArn === undefined ? {} : { roleArn }),
      trust,
      policy,
      terraform: both(own, trust, policy),
    },
    ...assumed.map((role): RolePolicies => {
      const statements = readStatements(role.addresses, {
        ...aws,
        account: splitArn(role.arn)?.account ?? aws.account,
      });
      const from = [assumedTrust(role, principal)];
      const label = `${own}_${role.arn.slice(role.arn.lastIndexOf('/') + 1)}`;
      return {
        title: `role ${role.arn}, which ${namespace}/${name} assumes`,
        roleArn: role.arn,
        trust: from,
        policy: statements,
        terraform: both(label, from, statements),
      };
    }),
  ];
}

function both(label: string, trust: readonly Statement[], policy: readonly Statement[]): string {
  return [
    terraformDocument(terraformName(`${label}_trust`), trust),
    ...(policy.length === 0 ? [] : [terraformDocument(terraformName(`${label}_policy`), policy)]),
  ].join('\n');
}

/** A policy as IAM takes it. */
export function policyDocument(statements: readonly Statement[]): object {
  return { Version: '2012-10-17', Statement: statements };
}
