// What a SecretStore or ClusterSecretStore says, read and checked: plain data, with defaults filled in.

import type { Selector } from '../../policy/selector.ts';
import type { Place, StoreName } from '../../request/plan.ts';
import type { StoreReference } from './external-secret.ts';

/** A key of a Secret that a store names; the namespace only if it is written. */
export interface WrittenSecretKey {
  readonly namespace?: string;
  readonly name: string;
  readonly key: string;
}

/** How the store authenticates, as External Secrets Operator would: jwt before secretRef before nothing. */
export type StoreAuth =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'service-account';
      readonly namespace?: string;
      readonly name: string;
      readonly audiences: readonly string[];
      readonly place: Place;
    }
  | {
      readonly kind: 'static-keys';
      readonly accessKeyId: WrittenSecretKey;
      readonly secretAccessKey: WrittenSecretKey;
      readonly sessionToken?: WrittenSecretKey;
      readonly place: Place;
    };

export interface SessionTag {
  readonly key: string;
  readonly value: string;
}

/** A role that the store assumes, as written. */
export interface StoreRole {
  readonly roleArn: string;
  readonly place: Place;
}

/** One of a ClusterSecretStore's conditions: any of its parts is enough. */
export interface StoreCondition {
  readonly namespaceSelector?: Selector;
  readonly namespaces: readonly string[];
  /** RE2 expressions, matched anywhere in the name. */
  readonly namespaceRegexes: readonly string[];
}

export const TAG_POLICIES = ['None', 'Simple', 'Custom'] as const;

export interface EsoStore extends StoreReference {
  readonly apiVersion: string;
  /** Of a SecretStore, where it is known. */
  readonly namespace?: string;
  readonly service: StoreName;
  readonly region?: string;
  /** Prepended to every key as it stands; not to what `find` finds. */
  readonly prefix: string;
  readonly auth: StoreAuth;
  /** Assumed in order before `role`, with nothing added. */
  readonly additionalRoles: readonly StoreRole[];
  readonly role?: StoreRole;
  /** The rest goes with `role` alone. */
  readonly externalId?: string;
  readonly sessionTags: readonly SessionTag[];
  readonly transitiveTagKeys: readonly string[];
  readonly tagPolicy: (typeof TAG_POLICIES)[number];
  readonly customSessionTags: readonly SessionTag[];
  readonly conditions: readonly StoreCondition[];
}
