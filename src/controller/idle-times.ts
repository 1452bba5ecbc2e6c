/**
 * Since when nobody needs each of some things, by uid: from the first look that found it so. It is kept in memory alone; a
 * new leader begins anew and waits longer, which harms nobody.
 */
export interface IdleTimes {
  /** Tells what is idle now, and forgets all else. @returns how long each has been idle, in ms */
  look(idle: Iterable<string>, nowMs: number): ReadonlyMap<string, number>;
  /** It was needed after all: it begins anew. */
  forget(uid: string): void;
}

export function createIdleTimes(): IdleTimes {
  let since: Map<string, number> = new Map();
  return {
    look(idle, nowMs) {
      since = new Map(Array.from(idle, (uid) => [uid, since.get(uid) ?? nowMs]));
      return new Map(Array.from(since, ([uid, from]) => [uid, nowMs - from]));
    },
    forget(uid) {
      since.delete(uid);
    },
  };
}
