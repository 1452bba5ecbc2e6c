/** Where a sealed value may be opened. `strict`: only under its own name in its own namespace. */
export const SCOPES = ['strict', 'namespace-wide', 'cluster-wide'] as const;
export type Scope = (typeof SCOPES)[number];

export const NAMESPACE_WIDE_ANNOTATION = 'sealedsecrets.bitnami.com/namespace-wide';
export const CLUSTER_WIDE_ANNOTATION = 'sealedsecrets.bitnami.com/cluster-wide';

/** For whom a value is sealed. */
export interface SealedFor {
  readonly scope: Scope;
  readonly namespace: string;
  /** Of the Secret; counts only for `strict`. */
  readonly name: string;
}

/** The scope that an object's annotations say. Only the exact text `true` counts, and cluster-wide wins. */
export function scopeOf(annotations: Readonly<Record<string, string>>): Scope {
  if (annotations[CLUSTER_WIDE_ANNOTATION] === 'true') return 'cluster-wide';
  return annotations[NAMESPACE_WIDE_ANNOTATION] === 'true' ? 'namespace-wide' : 'strict';
}

/** The annotations that say a scope. */
export function scopeAnnotations(scope: Scope): Readonly<Record<string, string>> {
  if (scope === 'cluster-wide') return { [CLUSTER_WIDE_ANNOTATION]: 'true' };
  return scope === 'namespace-wide' ? { [NAMESPACE_WIDE_ANNOTATION]: 'true' } : {};
}

/** The OAEP label: what a ciphertext is bound to. No name of Kubernetes holds a slash, so that no two are alike. */
export function labelOf({ scope, namespace, name }: SealedFor): string {
  if (scope === 'cluster-wide') return '';
  return scope === 'namespace-wide' ? namespace : `${namespace}/${name}`;
}
