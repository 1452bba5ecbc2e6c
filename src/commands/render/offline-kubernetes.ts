import { LatchkeyError } from '../../errors.ts';
import type { Kubernetes, NewSecret, ObjectMeta } from '../../kubernetes/kubernetes.ts';
import type { Surrounding, Surroundings } from '../../manifests/surroundings.ts';
import { ROLE_ARN_ANNOTATION } from '../../names.ts';
import { UNKNOWN_UID } from './as-created.ts';

export interface OfflineOptions {
  readonly surroundings: Surroundings;
  /** `--role-arn`. */
  readonly roleArn?: string;
  /** `--service-account-uid`. */
  readonly serviceAccountUid?: string;
  /** The uid that the rendered pod's owner reference names: that owner exists, as far as we know. */
  readonly ownerUid: string;
  /** Takes the managed Secret instead of an API server. */
  readonly onSecret: (secret: NewSecret) => void;
}

/** Answers as an API server that holds what the input holds; what is not there exists with nothing to say. */
export function createOfflineKubernetes(options: OfflineOptions): Kubernetes {
  const { surroundings, roleArn, serviceAccountUid, ownerUid, onSecret } = options;
  return {
    async namespace(name) {
      const { labels, ...rest } = metaOf(name, surroundings.namespace(name));
      // The API server puts this label on every namespace.
      return { ...rest, labels: { ...labels, 'kubernetes.io/metadata.name': name } };
    },
    async serviceAccount(namespace, name) {
      const { uid, annotations, ...rest } = metaOf(name, surroundings.serviceAccount(namespace, name));
      const role = roleArn === undefined ? {} : { [ROLE_ARN_ANNOTATION]: roleArn };
      return { ...rest, namespace, uid: serviceAccountUid ?? uid, annotations: { ...annotations, ...role } };
    },
    owner: async ({ name }) => ({ name, uid: ownerUid, labels: {}, annotations: {} }),
    pods: async () => [],
    // Which nodes there are, and what they can, is not known here; `doctor` looks at a live cluster.
    nodes: async () => [],
    version: async () => ({ major: 1, minor: 36 }),
    requestToken: async () => {
      throw new LatchkeyError('LK-INTERNAL', 'render asked for a token', 'Please report this.');
    },
    createSecret: async (secret) => {
      onSecret(secret);
      return 'created';
    },
    createEvent: async () => undefined,
  };
}

function metaOf(name: string, found: Surrounding | undefined): ObjectMeta {
  if (found === undefined) return { name, uid: UNKNOWN_UID, labels: {}, annotations: {} };
  const { uid, labels, annotations } = found;
  return { name, uid: uid === '' ? UNKNOWN_UID : uid, labels, annotations };
}
