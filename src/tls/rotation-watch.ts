import type { RotationState, Seen } from './rotation.ts';

/** Since when this process has seen something to be so; by its own steady clock, so that no other machine's counts. */
export interface RotationWatch {
  readonly publishedSince: ReadonlyMap<string, number>;
  /** The authority for which the serving certificate is settled. */
  readonly settled?: { readonly fingerprint: string; readonly since: number };
}

/** A process that has just begun, or has just become leader, has seen nothing: then everything waits longer. */
export const NOTHING_SEEN: RotationWatch = { publishedSince: new Map() };

/** The watch after one more look. What is no more so begins anew when it comes back. */
export function look(before: RotationWatch, state: RotationState, nowMs: number): RotationWatch {
  const { authority, leaf, bundles } = state;
  const [first, ...others] = bundles;
  const everywhere = [...(first ?? ownOf(state))].filter((fingerprint) =>
    others.every((bundle) => bundle.has(fingerprint)),
  );
  const publishedSince = new Map(
    everywhere.map((fingerprint) => [fingerprint, before.publishedSince.get(fingerprint) ?? nowMs]),
  );
  if (authority === undefined || leaf?.issuer !== authority.fingerprint) return { publishedSince };
  const { fingerprint } = authority;
  const known = before.settled?.fingerprint === fingerprint ? before.settled : undefined;
  return { publishedSince, settled: known ?? { fingerprint, since: nowMs } };
}

/** Without any registration nobody calls, so nobody has to be told. */
function ownOf({ authority, next }: RotationState): readonly string[] {
  return [authority, next].flatMap((each) => each?.fingerprint ?? []);
}

/** How long that is, at `nowMs`. */
export function seenSince({ publishedSince, settled }: RotationWatch, nowMs: number): Seen {
  return {
    published: new Map(Array.from(publishedSince, ([fingerprint, since]) => [fingerprint, nowMs - since])),
    settled: settled === undefined ? 0 : nowMs - settled.since,
  };
}
