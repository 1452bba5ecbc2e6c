import { createHash } from 'node:crypto';

import type { AwsStoreName } from '../../request/plan.ts';
import { list, map, text, type Tree } from './tree.ts';

export const STORE_KINDS = ['SecretStore', 'ClusterSecretStore'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Who reads what, where: definitions of one identity share a store. */
export interface StoreIdentity {
  readonly service: AwsStoreName;
  readonly region: string;
  readonly roleArn?: string;
  /** Assumed before the role: KES's `AWS_INTERMEDIATE_ROLE_ARN`. */
  readonly intermediateRole?: string;
  /** KES's `controllerId`, which is ESO's controller class. */
  readonly controller?: string;
}

/** A store with its place. */
export interface NewStore extends StoreIdentity {
  readonly kind: StoreKind;
  readonly name: string;
  /** As the definitions write it; absent where they leave it to the command that applies them. */
  readonly namespace?: string;
}

const SERVICES = { secretsmanager: 'SecretsManager', ssm: 'ParameterStore' } as const;
const WORDS = { secretsmanager: 'secrets-manager', ssm: 'parameter-store' } as const;
const LONGEST_ROLE = 64;

/** The same for the same identity, wherever and however often it is made: `aws-parameter-store-eu-central-1-shop-1a2b3c4d`. */
export function storeName({ service, region, roleArn, intermediateRole, controller }: StoreIdentity): string {
  const base = `aws-${WORDS[service]}-${region}`;
  const extra = [roleArn ?? '', intermediateRole ?? '', controller ?? ''];
  if (extra.every((part) => part === '')) return base;
  const hash = createHash('sha256').update(JSON.stringify(extra)).digest('hex').slice(0, 8);
  const role = (roleArn ?? '').slice((roleArn ?? '').lastIndexOf('/') + 1).toLowerCase();
  const readable = role
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, LONGEST_ROLE);
  return [base, ...(readable === '' ? [] : [readable]), hash].join('-');
}

/** @param namespaces that use it: the only ones that may, where the store is one of the cluster */
export function storeTree(store: NewStore, namespaces: readonly string[]): Tree {
  const { kind, name, namespace, service, region, roleArn, intermediateRole, controller } = store;
  return map({
    apiVersion: text('external-secrets.io/v1'),
    kind: text(kind),
    metadata: map({ name: text(name), namespace: optional(kind === 'SecretStore' ? namespace : undefined) }),
    spec: map({
      controller: optional(controller),
      conditions:
        kind === 'SecretStore'
          ? undefined
          : list([map({ namespaces: list(namespaces.map((each) => text(each))) })]),
      provider: map({
        aws: map({
          service: text(SERVICES[service]),
          region: text(region),
          role: optional(roleArn),
          additionalRoles:
            roleArn === undefined || intermediateRole === undefined
              ? undefined
              : list([text(intermediateRole)]),
        }),
      }),
    }),
  });
}

function optional(value: string | undefined): Tree | undefined {
  return value === undefined ? undefined : text(value);
}
