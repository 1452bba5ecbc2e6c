// Objects that are followed without an API server: what it would tell, when a test says so.

import type { LatchkeyError } from '../../src/errors.ts';
import type { AdoptionApi, FollowedKind, Follower } from '../../src/kubernetes/adoption-api.ts';

/** One kind, in one scope. */
export interface FollowedObjects {
  readonly kind: FollowedKind;
  readonly follower: Follower;
  /** How often it was asked to look again. */
  woken: number;
  /** A whole list. */
  list(...objects: readonly object[]): void;
  set(object: object): void;
  removed(object: object): void;
  absent(): void;
  failed(error: LatchkeyError): void;
}

export interface Followed {
  readonly api: Pick<AdoptionApi, 'follow'>;
  /** What is followed of these; throws where nothing of the kind is. */
  of(plural: string, group?: string): FollowedObjects;
  readonly all: readonly FollowedObjects[];
}

export function createFollowed(): Followed {
  const all: FollowedObjects[] = [];
  return {
    all,
    api: {
      follow(kind, follower) {
        const followed: FollowedObjects = {
          kind,
          follower,
          woken: 0,
          list(...objects) {
            follower.began();
            for (const object of objects) follower.set(object);
            follower.listed(kind.versions[0]);
          },
          set: follower.set,
          removed: follower.removed,
          absent: follower.absent,
          failed: follower.failed,
        };
        all.push(followed);
        return {
          wake() {
            followed.woken += 1;
          },
        };
      },
    },
    of(plural, group) {
      const found = all.find(
        ({ kind }) => kind.plural === plural && (group === undefined || kind.group === group),
      );
      if (found === undefined) throw new Error(`nobody follows ${plural}`);
      return found;
    },
  };
}
