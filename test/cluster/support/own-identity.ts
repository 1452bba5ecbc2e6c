// What IRSA gives the webhook's own pod: a token of its service account in a file, and the role to open with it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Api } from './api.ts';
import type { Roles } from './namespaces.ts';

export interface OwnIdentityOptions {
  readonly api: Api;
  readonly aws: Roles;
  /** The webhook's service account. */
  readonly account: { readonly namespace: string; readonly name: string };
  readonly role: string;
  /** For the token. */
  readonly directory: string;
}

/** @returns the environment of a process that has it */
export async function ownIdentity(of: OwnIdentityOptions): Promise<Readonly<Record<string, string>>> {
  const { namespace, name } = of.account;
  const spec = { audiences: ['sts.amazonaws.com'], expirationSeconds: 7200 };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await of.api.create(path, { spec });
  const tokenFile = join(of.directory, 'token');
  await writeFile(tokenFile, status.token);
  of.aws.role(of.role, { trust: [{ subject: `system:serviceaccount:${namespace}:${name}` }] });
  return { AWS_ROLE_ARN: of.role, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile };
}
