import { createHash } from 'node:crypto';

import { DEFINITION_KINDS } from '../adoption/definition-kinds.ts';
import type { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import { recordAt } from '../manifests/objects.ts';
import { ADOPTED } from '../names.ts';
import { storeTitle } from './candidate.ts';
import { trackObjects, type ObjectAt, type Tracked } from './track-objects.ts';

/** What else than its definition decides whether a Secret is what it should be. */
export interface FollowAroundOptions {
  readonly api: Pick<AdoptionApi, 'follow'>;
  /** Undefined: all. With a list, nothing of the cluster may be read. */
  readonly namespaces: readonly string[] | undefined;
  /** A store has come, changed or gone; without a namespace for one of the cluster. */
  readonly onStore: (title: string, namespace: string | undefined) => void;
  /** A Secret that was made from a definition is not there any more, or not with our label. */
  readonly onSecretGone: (at: ObjectAt) => void;
  readonly onFailure: (error: LatchkeyError) => void;
}

/** Follows the stores of definitions, and the Secrets that were made. */
export function followAround(options: FollowAroundOptions, signal: AbortSignal): readonly Tracked[] {
  const { api, namespaces, onStore, onSecretGone, onFailure } = options;
  const { group, versions } = DEFINITION_KINDS.eso;
  const scopes = namespaces ?? [undefined];
  const stores = (kind: 'SecretStore' | 'ClusterSecretStore', namespace: string | undefined): Tracked =>
    trackObjects(
      {
        api,
        kind: { group, versions, plural: `${kind.toLowerCase()}s`, ...within(namespace) },
        digest: digestOf,
        onChange: (at) => onStore(storeTitle(kind, at.name), at.namespace),
        onFailure,
      },
      signal,
    );
  const secrets = (namespace: string | undefined): Tracked =>
    trackObjects(
      {
        api,
        kind: {
          group: '',
          versions: ['v1'],
          plural: 'secrets',
          select: { labelSelector: ADOPTED },
          metadataOnly: true,
          ...within(namespace),
        },
        // What others change in one is put right when its time comes.
        digest: () => '',
        onChange: (at, what) => void (what === 'gone' && onSecretGone(at)),
        onFailure,
      },
      signal,
    );
  return [
    ...scopes.map((namespace) => stores('SecretStore', namespace)),
    ...(namespaces === undefined ? [stores('ClusterSecretStore', undefined)] : []),
    ...scopes.map(secrets),
  ];
}

function within(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** Not of its status, which its own controller writes all the time. */
function digestOf(store: unknown): string {
  const { labels, annotations } = recordAt(store, 'metadata');
  const decides = JSON.stringify([labels, annotations, recordAt(store, 'spec')]);
  return createHash('sha256').update(decides).digest('base64');
}
