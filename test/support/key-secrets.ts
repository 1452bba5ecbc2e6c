// Secrets that hold sealing keys, followed without an API server: what it would tell, when a test says so.

import type { LatchkeyError } from '../../src/errors.ts';
import type { AdoptionApi, FollowedKind, Follower } from '../../src/kubernetes/adoption-api.ts';

interface Secret {
  readonly metadata: object;
}

export interface KeySecrets {
  readonly api: Pick<AdoptionApi, 'follow'>;
  /** What was asked to be followed. */
  readonly followed: readonly FollowedKind[];
  /** Adds or changes a Secret, as a watch tells it. */
  put(name: string, secret: Secret): void;
  remove(name: string): void;
  /** A list begins anew and has only these. */
  relist(secrets: Readonly<Record<string, Secret>>): void;
  /** Nothing can be read any more. */
  fail(error: LatchkeyError): void;
}

/** @param isListed whether the first list has come to its end, with nothing in it */
export function createKeySecrets(isListed = true): KeySecrets {
  const followed: FollowedKind[] = [];
  const followers: Follower[] = [];
  let version = 0;

  /** Those by label; the Secret of old is followed by its name. */
  function byLabel(tell: (follower: Follower) => void): void {
    for (const [index, follower] of followers.entries())
      if (followed[index]?.select?.['labelSelector'] !== undefined) tell(follower);
  }

  function object(name: string, secret: Secret): object {
    version += 1;
    const { metadata } = secret;
    return { ...secret, metadata: { ...metadata, name, resourceVersion: String(version) } };
  }

  return {
    followed,
    api: {
      follow(kind, follower) {
        followed.push(kind);
        followers.push(follower);
        follower.began();
        if (isListed) follower.listed('v1');
        return { wake: () => undefined };
      },
    },
    put: (name, secret) => byLabel((follower) => follower.set(object(name, secret))),
    remove: (name) => byLabel((follower) => follower.removed({ metadata: { name } })),
    relist(secrets) {
      for (const follower of followers) follower.began();
      byLabel((follower) => {
        for (const [name, secret] of Object.entries(secrets)) follower.set(object(name, secret));
      });
      for (const follower of followers) follower.listed('v1');
    },
    fail(error) {
      for (const follower of followers) follower.failed(error);
    },
  };
}
