import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import type { Intake } from './intake.ts';
import type { Owner, Surroundings } from './surroundings.ts';

/** What a decision rests on beside the pod's own text and the values: whatever is read of the cluster and the operator. */
export interface Grounds {
  readonly namespace: ObjectMeta | undefined;
  readonly serviceAccount: ObjectMeta | undefined;
  readonly owner: Owner | undefined;
  readonly policy: Policy | UnreadablePolicy | undefined;
  /** Of the classes of its CSI volumes. */
  readonly classes?: readonly unknown[];
}

export interface GroundSources {
  /** Absent with --no-kubernetes. */
  readonly surroundings?: Surroundings;
  readonly policy: () => Promise<Policy | UnreadablePolicy | undefined>;
}

/**
 * Reads them, as fresh as a review needs them.
 * @throws LatchkeyError LK-NO-SERVICE-ACCOUNT, LK-KUBERNETES
 */
export async function readGrounds(
  { pod, namespace: name, serviceAccount: account }: Intake,
  around: { readonly namespace: ObjectMeta | undefined; readonly freshAfter: number },
  { surroundings, policy: readPolicy }: GroundSources,
): Promise<Grounds> {
  const [serviceAccount, owner, policy] = await Promise.all([
    surroundings?.serviceAccount(name, account, around.freshAfter),
    surroundings?.owner(name, pod, around.freshAfter),
    readPolicy(),
  ]);
  return { namespace: around.namespace, serviceAccount, owner, policy };
}
