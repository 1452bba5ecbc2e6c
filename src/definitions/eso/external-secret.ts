// What an ExternalSecret of External Secrets Operator says, read and checked: plain data, with defaults filled in.

import { quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';

export const STORE_KINDS = ['SecretStore', 'ClusterSecretStore'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Which store is meant. A SecretStore is always one of the ExternalSecret's own namespace. */
export interface StoreReference {
  readonly kind: StoreKind;
  readonly name: string;
}

export const DECODINGS = ['None', 'Base64', 'Base64URL', 'Auto'] as const;
export type Decoding = (typeof DECODINGS)[number];

export const CONVERSIONS = ['Default', 'Unicode'] as const;
export type Conversion = (typeof CONVERSIONS)[number];

export const NULL_BYTES = ['Ignore', 'Fail'] as const;

/** How a value, once fetched, is treated. */
export interface Treatment {
  readonly decoding: Decoding;
  /** Of keys that no Secret can have; only where keys are fetched, and only without `rewrite`. */
  readonly conversion: Conversion;
  readonly nullBytes: (typeof NULL_BYTES)[number];
}

/** `remoteRef`, and `extract`. */
export interface RemoteRef extends Treatment {
  readonly key: string;
  /** As written: a stage, `uuid/…`, or for parameters a version or label. */
  readonly version?: string;
  readonly property?: string;
  /** `metadataPolicy: Fetch`: the tags instead of the value. */
  readonly tags: boolean;
}

/** `find`: at least one of name and tags. */
export interface FindSpec extends Treatment {
  readonly path?: string;
  /** An RE2 expression. */
  readonly name?: string;
  readonly tags?: ReadonlyMap<string, string>;
}

/** One step of `rewrite`: what it makes of the keys, or of the whole map. */
export type Rewrite =
  | { readonly kind: 'regexp'; readonly source: string; readonly target: string; readonly place: Place }
  | { readonly kind: 'transform'; readonly template: string; readonly place: Place }
  | ({ readonly kind: 'merge'; readonly place: Place } & MergeRewrite);

export interface MergeRewrite {
  readonly into: string;
  readonly priority: readonly string[];
  /** A key of `priority` that is not there is no error. */
  readonly ignoreMissing: boolean;
  readonly ignoreConflicts: boolean;
  readonly strategy: 'Extract' | 'JSON';
}

interface EntryBase {
  readonly store: StoreReference;
  readonly place: Place;
}

export interface DataEntry extends EntryBase {
  readonly kind: 'data';
  readonly secretKey: string;
  readonly remote: RemoteRef;
}

export interface ExtractEntry extends EntryBase {
  readonly kind: 'extract';
  readonly remote: RemoteRef;
  readonly rewrites: readonly Rewrite[];
}

export interface FindEntry extends EntryBase {
  readonly kind: 'find';
  readonly find: FindSpec;
  readonly rewrites: readonly Rewrite[];
}

export type Entry = DataEntry | ExtractEntry | FindEntry;

export const TEMPLATE_TARGETS = ['Data', 'Annotations', 'Labels'] as const;
export type TemplateTarget = (typeof TEMPLATE_TARGETS)[number];

/** A key of a ConfigMap or Secret whose text is a template. */
export interface TemplateItem {
  readonly key: string;
  readonly as: 'Values' | 'KeysAndValues';
}

/** One source of `templateFrom`. */
export type TemplateSource = {
  readonly target: TemplateTarget;
  readonly decoding: Decoding;
  readonly place: Place;
} & (
  | {
      readonly kind: 'ConfigMap' | 'Secret';
      readonly name: string;
      readonly items: readonly TemplateItem[];
    }
  | { readonly kind: 'literal'; readonly text: string }
);

/** Templates by the key, label or annotation that each becomes. */
export type TemplateTexts = ReadonlyMap<string, string>;

export interface TemplateSpec {
  /** '' where the template says none. */
  readonly type: string;
  readonly merge: boolean;
  /** In the order in which they are applied. */
  readonly sources: readonly TemplateSource[];
  readonly data: TemplateTexts;
  readonly labels: TemplateTexts;
  readonly annotations: TemplateTexts;
  readonly place: Place;
}

export const CREATION_POLICIES = ['Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None'] as const;
export type CreationPolicy = (typeof CREATION_POLICIES)[number];

export const DELETION_POLICIES = ['Retain', 'Delete', 'Merge'] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

export interface ExternalSecretSpec {
  readonly apiVersion: string;
  readonly name: string;
  /** Absent in a file that leaves it to the command that applies it. */
  readonly namespace?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly secretName: string;
  readonly creation: CreationPolicy;
  readonly deletion: DeletionPolicy;
  readonly immutable: boolean;
  /** In the order in which they are evaluated: all of `dataFrom`, then all of `data`; later ones win. */
  readonly entries: readonly Entry[];
  readonly template?: TemplateSpec;
}

/**
 * Whether the definition makes a Secret where there is none. `Merge` adds keys to a Secret that something else makes, and
 * `None` makes nothing: for a pod that waits for the Secret, neither is its definition.
 */
export function makesSecret({ creation }: ExternalSecretSpec): boolean {
  return creation !== 'Merge' && creation !== 'None';
}

/** The stores that a definition reads from, each once, in the order of its entries. */
export function storesOf({ entries }: ExternalSecretSpec): readonly StoreReference[] {
  const found = new Map(entries.map(({ store }) => [storeKey(store), store]));
  return [...found.values()];
}

/** For Maps: no two stores share one. */
export function storeKey({ kind, name }: StoreReference): string {
  return `${kind}/${name}`;
}

/** `SecretStore "aws"`, for messages. */
export function storeTitle({ kind, name }: StoreReference): string {
  return `${kind} ${quoted(name)}`;
}

/** A field of a store, for problems. */
export function storePlace(store: StoreReference, field: string): Place {
  return { label: `${storeTitle(store)}, ${field}`, field };
}
