import { ROLE_ARN_ANNOTATION } from '../../names.ts';
import type { AccountNeeds } from '../../migrate/iam/needs.ts';
import {
  type Known,
  policyDocument,
  type RolePolicies,
  rolePolicies,
  SOME_ACCOUNT,
  SOME_PROVIDER,
} from '../../migrate/iam/policies.ts';
import { SOME_REGION } from '../../migrate/iam/needs.ts';
import { printable } from '../../quote.ts';
import { safeJson } from '../render/safe-output.ts';

/** What each service account needs: as JSON, and the same as Terraform. */
export function printIam(accounts: readonly AccountNeeds[], known: Known): string {
  if (accounts.length === 0) return '';
  return accounts
    .flatMap((needs) => rolePolicies(needs, known))
    .map(section)
    .join('\n');
}

function section(role: RolePolicies): string {
  const { title, roleArn, trust, policy, terraform } = role;
  return [
    `# ${printable(title, 1000)}`,
    `# its role: ${roleArn === undefined ? `none yet; annotate the service account with ${ROLE_ARN_ANNOTATION}` : printable(roleArn, 1000)}`,
    '',
    '# trust policy',
    safeJson(policyDocument(trust)),
    ...(policy.length === 0 ? [] : ['', '# permissions', safeJson(policyDocument(policy))]),
    '',
    '# the same as Terraform',
    terraform,
  ].join('\n');
}

/** The same for programs. */
export function printIamJson(accounts: readonly AccountNeeds[], known: Known): string {
  return `${safeJson({
    serviceAccounts: accounts.map((needs) => ({
      namespace: needs.namespace,
      name: needs.name,
      roles: rolePolicies(needs, known).map(({ title, roleArn, trust, policy, terraform }) => ({
        title,
        ...(roleArn === undefined ? {} : { roleArn }),
        trustPolicy: policyDocument(trust),
        ...(policy.length === 0 ? {} : { policy: policyDocument(policy) }),
        terraform,
      })),
    })),
  })}\n`;
}

/** What placeholders in the text stand for. */
export function placeholders(text: string): string {
  const meanings = [
    [SOME_ACCOUNT, 'the AWS account: --account-id'],
    [SOME_PROVIDER, "the cluster's OIDC provider, without https://: --oidc-provider"],
    [SOME_REGION, 'the region that the webhook was started with: --region'],
  ] as const;
  return meanings
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
    .map(([name, meaning]) => `latchkey: ${name} stands for ${meaning}\n`)
    .join('');
}
