import type { Clock } from '../clock.ts';
import { isIndefinite } from '../errors.ts';
import type { Grounds } from './grounds.ts';
import type { Likeness } from './likeness.ts';
import type { Decision } from './respond.ts';

/** How long a refusal without a definite answer serves for pods that are alike: a controller repeats it every few ms. */
const REFUSAL_MS = 1_000;
const MOST_DECISIONS = 256;
/** Larger pods are decided anew: 256 of these are 16 MiB. */
const LONGEST_TEXT = 64 * 1024;

interface Remembered {
  readonly decision: Decision;
  readonly grounds: Grounds;
  /** The oldest thing that it rests on was read then (clock.now, ms). */
  readonly readAt: number;
}

/** What was decided about a pod. The pods of a revision are alike, and arrive a thousand at a time. */
export interface DecisionMemory {
  has(pod: Likeness): boolean;
  /** The decision about a pod that is alike, if it rests on the same grounds and on nothing older than is allowed. */
  recall(pod: Likeness, grounds: Grounds, freshAfter: number): Decision | undefined;
  /** Keeps what may be used again: patches that hold no value, and refusals that AWS gave no definite answer to. */
  keep(pod: Likeness, grounds: Grounds, decision: Decision): void;
}

/** @param options.ttlMs `--cache-ttl`: the same bound that values have, counted from when they were read */
export function createDecisionMemory({ clock, ttlMs }: { clock: Clock; ttlMs: number }): DecisionMemory {
  const known = new Map<string, Remembered>();

  function isFresh({ decision, readAt }: Remembered, freshAfter: number): boolean {
    const now = clock.now();
    if (decision.kind === 'refuse') return readAt > now - REFUSAL_MS;
    return readAt >= Math.max(freshAfter, now - ttlMs);
  }

  return {
    has: ({ text }) => known.has(text),
    recall({ text }, grounds, freshAfter) {
      const found = known.get(text);
      if (found === undefined || !isSame(found.grounds, grounds) || !isFresh(found, freshAfter))
        return undefined;
      return found.decision;
    },
    keep({ text, leftOut }, grounds, decision) {
      const readAt = readAtOf(decision, clock);
      if (readAt === undefined || text.length > LONGEST_TEXT) return;
      if (leftOut !== undefined && JSON.stringify(decision).includes(leftOut)) return;
      known.delete(text);
      known.set(text, { decision, grounds, readAt });
      if (known.size > MOST_DECISIONS) known.delete(known.keys().next().value ?? '');
    },
  };
}

function readAtOf(decision: Decision, clock: Clock): number | undefined {
  if (decision.kind === 'patch') return decision.readAt;
  return decision.kind === 'refuse' && decision.problems.every(isIndefinite) ? clock.now() : undefined;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

/** Objects are compared as such: whatever was read anew is another object. */
function isSame(a: Grounds, b: Grounds): boolean {
  return (
    a.namespace === b.namespace &&
    a.serviceAccount === b.serviceAccount &&
    a.policy === b.policy &&
    a.owner?.uid === b.owner?.uid &&
    isSameList(a.classes ?? [], b.classes ?? [])
  );
}
