import { isRecord, type Json, recordAt, textAt } from '../../manifests/objects.ts';
import type { TemplatePod } from '../../manifests/template-pod.ts';

/** What only the cluster knows of a pod: from flags, because it decides the managed Secret's name. */
export interface ClusterFacts {
  readonly ownerUid?: string;
  readonly revision?: string;
}

/** Stands for a uid that only the cluster knows. */
export const UNKNOWN_UID = '00000000-0000-0000-0000-000000000000';

const UNKNOWN_REVISION = 'revision';

interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  /** The label by which its pods' revision is known; absent: the controller itself is the revision. */
  readonly label?: string;
  /** Whether the pods' owner is made by the workload and called `<workload>-<revision>`. */
  readonly between?: true;
}

const CONTROLLERS: ReadonlyMap<string, Controller> = new Map<string, Controller>([
  ['Deployment', { apiVersion: 'apps/v1', kind: 'ReplicaSet', label: 'pod-template-hash', between: true }],
  ['Rollout', { apiVersion: 'apps/v1', kind: 'ReplicaSet', between: true }],
  ['ReplicaSet', { apiVersion: 'apps/v1', kind: 'ReplicaSet' }],
  ['StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', label: 'controller-revision-hash' }],
  ['DaemonSet', { apiVersion: 'apps/v1', kind: 'DaemonSet', label: 'controller-revision-hash' }],
  ['ReplicationController', { apiVersion: 'v1', kind: 'ReplicationController' }],
  ['Job', { apiVersion: 'batch/v1', kind: 'Job' }],
  ['CronJob', { apiVersion: 'batch/v1', kind: 'Job', between: true }],
]);

/** A pod as its controller will create it, and whether that is certain. */
export interface CreatedPod {
  readonly json: Json;
  /** Of the owner that it claims; absent where it has none. */
  readonly ownerUid?: string;
  readonly isCertain: boolean;
}

/**
 * Adds the owner and the label that a workload's controller puts on its pods: the revision and the owner are parts of the
 * managed Secret's name. A Pod is taken as it stands.
 */
export function asCreated(pod: TemplatePod, facts: ClusterFacts): CreatedPod {
  const { object, path } = pod.template;
  const controller = path.length === 0 ? undefined : CONTROLLERS.get(object.kind);
  if (controller === undefined) return asItStands(pod.json);
  const { apiVersion, kind, label, between } = controller;
  const revision = facts.revision ?? UNKNOWN_REVISION;
  const name = between === true ? `${object.name}-${revision}` : object.name;
  const uid = facts.ownerUid ?? UNKNOWN_UID;
  const metadata = recordAt(pod.json, 'metadata');
  const labels = { ...recordAt(metadata, 'labels'), ...(label === undefined ? {} : { [label]: revision }) };
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }];
  const needsRevision = label !== undefined || between === true;
  return {
    json: { ...pod.json, metadata: { ...metadata, labels, ownerReferences } },
    ownerUid: uid,
    isCertain: facts.ownerUid !== undefined && (!needsRevision || facts.revision !== undefined),
  };
}

/** Without an owner, the server makes up a nonce for the managed Secret's name, and nobody can foretell it. */
function asItStands(json: Json): CreatedPod {
  const owners = recordAt(json, 'metadata')['ownerReferences'];
  const owner: unknown = Array.isArray(owners)
    ? owners.find((one) => isRecord(one) && one['controller'] === true)
    : {};
  const ownerUid = textAt(owner, 'uid');
  return ownerUid === undefined ? { json, isCertain: false } : { json, ownerUid, isCertain: true };
}
