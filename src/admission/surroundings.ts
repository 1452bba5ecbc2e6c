import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { Kubernetes, NewSecret, ObjectMeta, ObjectReference } from '../kubernetes/kubernetes.ts';
import { quoted } from '../quote.ts';
import type { Pod } from '../request/pod.ts';
import { createFreshCache } from '../stores/cache.ts';
import { claimedController, ownerQuery } from './revision.ts';

export type Owner = NonNullable<NewSecret['owner']>;

/** What the API server knows about the place a pod is created in. */
export interface Surroundings {
  /** @throws LatchkeyError LK-KUBERNETES when it does not exist. */
  namespace(name: string, freshAfter: number): Promise<ObjectMeta>;
  /** @throws LatchkeyError LK-NO-SERVICE-ACCOUNT */
  serviceAccount(namespace: string, name: string, freshAfter: number): Promise<ObjectMeta>;
  /**
   * The pod's controller. An owner reference is free text of the pod's author: it counts only if a live read shows that
   * very uid.
   */
  owner(namespace: string, pod: Pod, freshAfter: number): Promise<Owner | undefined>;
  /** What people call the pod's workload: the Deployment behind its ReplicaSet, else its controller. As {@link owner}. */
  workload(namespace: string, pod: Pod): Promise<ObjectReference | undefined>;
}

export interface SurroundingsOptions {
  readonly kubernetes: Kubernetes;
  readonly clock: Clock;
  /** How long a revision's further pods reuse what its first one read. */
  readonly ttlMs: number;
}

/** Reads live for the first review of a revision, and from memory for the rest of it. */
export function createSurroundings({ kubernetes, clock, ttlMs }: SurroundingsOptions): Surroundings {
  const objects = createFreshCache<ObjectMeta | undefined>({ clock, maxEntries: 10_000 });
  const read = (
    key: readonly string[],
    freshAfter: number,
    load: () => Promise<ObjectMeta | undefined>,
  ): Promise<ObjectMeta | undefined> => objects.get(JSON.stringify(key), { freshAfter, ttlMs }, load);

  // An absent object is an error inside the load, so that it is remembered for moments and not for the whole time to live.
  return {
    async namespace(name, freshAfter) {
      const load = async () => (await kubernetes.namespace(name)) ?? missingNamespace(name);
      return (await read(['namespace', name], freshAfter, load)) ?? missingNamespace(name);
    },
    async serviceAccount(namespace, name, freshAfter) {
      const load = async () =>
        (await kubernetes.serviceAccount(namespace, name)) ?? missingServiceAccount(namespace, name);
      const found = await read(['serviceaccount', namespace, name], freshAfter, load);
      return found ?? missingServiceAccount(namespace, name);
    },
    async owner(namespace, pod, freshAfter) {
      return (await verifiedController(namespace, pod, freshAfter))?.reference;
    },
    async workload(namespace, pod) {
      const found = await verifiedController(namespace, pod, 0);
      return found?.controller ?? found?.reference;
    },
  };

  async function verifiedController(namespace: string, pod: Pod, freshAfter: number) {
    const claim = claimedController(pod);
    if (claim === undefined) return undefined;
    const key = ['owner', namespace, claim.apiVersion, claim.kind, claim.name];
    const found = await read(key, freshAfter, () => kubernetes.owner(ownerQuery(namespace, claim)));
    if (found?.uid !== claim.uid) return undefined;
    const { apiVersion, kind, name, uid } = claim;
    return { reference: { apiVersion, kind, name, uid }, controller: found.controller };
  }
}

function missingNamespace(name: string): never {
  throw new LatchkeyError('LK-KUBERNETES', `namespace ${quoted(name)} does not exist`, 'Create it first.');
}

function missingServiceAccount(namespace: string, name: string): never {
  throw new LatchkeyError(
    'LK-NO-SERVICE-ACCOUNT',
    `service account ${quoted(name)} does not exist in namespace ${quoted(namespace)}`,
    'Create the service account, or name another one in serviceAccountName.',
  );
}
