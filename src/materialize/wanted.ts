import type { DefinitionObserver } from '../adoption/listed.ts';
import { candidateOf, type Candidate } from './candidate.ts';
import type { WorkQueue } from './work-queue.ts';

/** The definitions that are to be carried out, as they come, change and go. */
export interface Wanted {
  readonly observer: DefinitionObserver;
  /** What is known of one that is to be carried out now. */
  get(uid: string): Candidate | undefined;
  /** Has those that fit carried out, or left alone by now. */
  look(fit: (candidate: Candidate) => boolean, afterMs?: (candidate: Candidate) => number): void;
  /** How often it failed in a row. */
  failures(uid: string): number;
  failed(uid: string): void;
  succeeded(uid: string): void;
}

export interface WantedOptions {
  /** Whether it says so, or its namespace does. */
  readonly isWanted: (candidate: Candidate) => boolean;
  readonly queue: Pick<WorkQueue, 'add' | 'remove'>;
  /** It is to be carried out no more. What was made of it stays: it goes with its definition. */
  readonly onLeft: (candidate: Candidate) => void;
  readonly onCount: (count: number) => void;
}

export function createWanted({ isWanted, queue, onLeft, onCount }: WantedOptions): Wanted {
  const candidates = new Map<string, Candidate>();
  const wanted = new Set<string>();
  const failures = new Map<string, number>();

  function consider(candidate: Candidate, afterMs = 0): void {
    const { uid } = candidate.definition;
    failures.delete(uid);
    if (!isWanted(candidate)) {
      leave(candidate);
      return;
    }
    wanted.add(uid);
    onCount(wanted.size);
    queue.add(uid, afterMs);
  }

  function leave(candidate: Candidate): void {
    const { uid } = candidate.definition;
    if (!wanted.delete(uid)) return;
    onCount(wanted.size);
    queue.remove(uid);
    onLeft(candidate);
  }

  return {
    observer: {
      came(entry, object) {
        const candidate = candidateOf(entry, object);
        if (candidate === undefined) return;
        candidates.set(candidate.definition.uid, candidate);
        consider(candidate);
      },
      went({ reference: { uid } }) {
        const candidate = candidates.get(uid);
        if (candidate === undefined) return;
        candidates.delete(uid);
        failures.delete(uid);
        leave(candidate);
      },
    },
    get(uid) {
      const candidate = candidates.get(uid);
      return candidate !== undefined && isWanted(candidate) ? candidate : undefined;
    },
    look(fit, afterMs) {
      for (const candidate of candidates.values())
        if (fit(candidate)) consider(candidate, afterMs?.(candidate));
    },
    failures: (uid) => failures.get(uid) ?? 0,
    failed: (uid) => void failures.set(uid, (failures.get(uid) ?? 0) + 1),
    succeeded: (uid) => void failures.delete(uid),
  };
}
