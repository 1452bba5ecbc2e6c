// Namespaces of a test, for which an installation is registered.

import { randomUUID } from 'node:crypto';

import type { RoleSpec } from '../../support/aws-double.ts';
import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

export interface NamespaceOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface TestNamespace {
  readonly name: string;
  /** Of the core group: `/api/v1/namespaces/NAME`. */
  readonly core: string;
  /** Of the group apps. */
  readonly apps: string;
  /** A service account with an AWS role that trusts it; the role's ARN. */
  account(name: string, role?: RoleSpec): Promise<string>;
}

export interface Namespaces {
  /** A fresh one, which has its default service account. */
  create(options?: NamespaceOptions): Promise<TestNamespace>;
  remove(): Promise<void>;
}

/** The AWS account in which a test's roles are. */
export interface Roles {
  readonly account: string;
  role(arn: string, spec: RoleSpec): void;
}

/** @param labels of every one of them: the registration selects by these */
export function createNamespaces(api: Api, aws: Roles, labels: Readonly<Record<string, string>>): Namespaces {
  const names: string[] = [];
  return {
    async create(options = {}) {
      const name = `test-${randomUUID().slice(0, 8)}`;
      const [core, apps] = [`/api/v1/namespaces/${name}`, `/apis/apps/v1/namespaces/${name}`];
      names.push(name);
      await api.create('/api/v1/namespaces', {
        metadata: { name, labels: { ...labels, ...options.labels }, annotations: options.annotations ?? {} },
      });
      await defaultAccount(api, core);
      return { name, core, apps, account: (account, role) => addAccount({ name, core }, account, role) };
    },
    async remove() {
      await Promise.all(names.map((name) => api.send('DELETE', `/api/v1/namespaces/${name}`)));
    },
  };

  async function addAccount(
    { name, core }: Pick<TestNamespace, 'name' | 'core'>,
    account: string,
    role: RoleSpec = {},
  ): Promise<string> {
    const arn = roleArn(aws, name, account);
    aws.role(arn, { trust: [{ subject: `system:serviceaccount:${name}:${account}` }], ...role });
    await api.create(`${core}/serviceaccounts`, accountOf(account, arn));
    return arn;
  }
}

export function roleArn(aws: Roles, namespace: string, account: string): string {
  return `arn:aws:iam::${aws.account}:role/${namespace}-${account}`;
}

/** A service account with a role. */
export function accountOf(name: string, roleArn: string) {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, annotations: { 'eks.amazonaws.com/role-arn': roleArn } },
  };
}

/** Pods are refused until the service account `default` is there, which a controller makes. */
export async function defaultAccount(api: Api, namespacePath: string): Promise<void> {
  const path = `${namespacePath}/serviceaccounts`;
  if (process.env['LATCHKEY_TEST_NO_CONTROLLERS'] !== undefined) {
    await api.create(path, { metadata: { name: 'default' } });
    return;
  }
  await eventually(
    async () => (await api.send('GET', `${path}/default`)).status === 200,
    'a default service account',
  );
}
