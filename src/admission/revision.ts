import { randomUUID } from 'node:crypto';

import type { NewSecret, OwnerQuery } from '../kubernetes/kubernetes.ts';
import type { OwnerReference, Pod } from '../request/pod.ts';

type Owner = NonNullable<NewSecret['owner']>;

/** The unit of resolution: pods of one revision share what its first review fetched. */
export interface Revision {
  /** Goes into the managed Secret's name. */
  readonly id: string;
  /** The controller, where a live read showed that it exists with that uid. */
  readonly owner?: Owner;
  /** What the managed Secret is called after. */
  readonly ownerName: string;
  /** A label selector for pods of the same revision; absent where there can be no siblings. */
  readonly siblings?: string;
  /** This revision is one review: nothing is shared with another pod. */
  readonly nonce?: true;
}

const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash'] as const;
/** A Job's pods have no template hash; this finds them. */
const JOB_LABEL = 'batch.kubernetes.io/controller-uid';

/** Longer than any part of an owner reference; what is longer would fill the caches that it is a key of. */
const LONGEST_PART = 400;

/** The pod's controller as its author wrote it: free text until it has been read. */
export function claimedController(pod: Pod): OwnerReference | undefined {
  const owners = pod.metadata.ownerReferences;
  const found = Array.isArray(owners) ? owners.find((owner) => owner.controller === true) : undefined;
  return found !== undefined && isBounded(found) ? found : undefined;
}

function isBounded({ apiVersion, kind, name, uid }: OwnerReference): boolean {
  return [apiVersion, kind, name, uid].every(({ length }) => length <= LONGEST_PART);
}

export function ownerQuery(namespace: string, owner: OwnerReference): OwnerQuery {
  return { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name };
}

/**
 * What tells revisions apart before anything of the pod is verified, for freshness alone: claiming another revision's
 * marks makes a pod share its freshness, never its values. `undefined` for a pod that stands alone.
 */
export function claimedRevision(
  pod: Pod,
  namespace: string,
  serviceAccount: string,
  nonce: string | undefined,
): string | undefined {
  const label = revisionLabel(pod)?.value;
  const owner = claimedController(pod);
  const round = nonceOf(nonce);
  if (label === undefined && owner === undefined && round === undefined) return undefined;
  return JSON.stringify([namespace, serviceAccount, owner?.uid ?? null, label ?? null, round ?? null]);
}

/**
 * Which revision a pod belongs to: the label that its controller put there, else its controller, else this one review.
 *
 * @param owner the controller, already verified; absent if there is none or the claim was wrong
 * @param claimedNonce what the pod's status annotation says that an earlier round of this review chose
 */
export function revisionOf(pod: Pod, owner: Owner | undefined, claimedNonce: string | undefined): Revision {
  const ownerName = owner?.name ?? pod.metadata.name ?? pod.metadata.generateName ?? 'pod';
  const base = { ownerName, ...(owner === undefined ? {} : { owner }) };
  const label = revisionLabel(pod);
  if (label !== undefined) return { ...base, id: label.value, siblings: `${label.key}=${label.value}` };
  if (owner !== undefined) {
    const job = pod.metadata.labels?.[JOB_LABEL];
    return { ...base, id: owner.uid, ...(job === owner.uid ? { siblings: `${JOB_LABEL}=${job}` } : {}) };
  }
  return { ...base, id: nonceOf(claimedNonce) ?? randomUUID(), nonce: true };
}

/** Free text of the pod's author; anything but the form that we write is none. */
function nonceOf(claimed: string | undefined): string | undefined {
  return claimed !== undefined && /^[0-9a-f-]{36}$/.test(claimed) ? claimed : undefined;
}

function revisionLabel(pod: Pod): { readonly key: string; readonly value: string } | undefined {
  for (const key of REVISION_LABELS) {
    const value = pod.metadata.labels?.[key];
    if (value !== undefined && LABEL_VALUE.test(value)) return { key, value };
  }
  return undefined;
}

// Only what can stand in a selector: the labels of a pod under review are not validated yet.
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
