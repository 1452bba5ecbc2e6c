import type { Clock } from '../clock.ts';
import { createLru } from '../stores/lru.ts';

/** Where the first review of a revision waits for definitions that are applied a moment after its workload. */
export interface WaitingRoom {
  /**
   * Looks again and again, at most for `--adopt-wait`, until there is nothing left to wait for. Returns at once for a revision
   * that has waited before, and when all places are taken.
   * @param revision absent for a pod that stands alone, which may always wait
   */
  wait(revision: string | undefined, stay: Stay): Promise<void>;
}

export interface Stay {
  /** Calls back when something may have come, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
  /** Whether there is nothing left to wait for. Called after each change, and now and then. */
  readonly look: () => Promise<boolean>;
  /** When the review has to go on in any case (clock.now, ms). */
  readonly until: number;
  readonly signal: AbortSignal;
}

export interface WaitingRoomOptions {
  readonly clock: Clock;
  /** `--adopt-wait`; 0 for none. */
  readonly waitMs: number;
}

/** Controllers have five workers each for the whole cluster; two replicas of ours must not hold them all. */
const PLACES = 3;
const REMEMBERED = 20_000;
const LOOK_EVERY_MS = 250;

export function createWaitingRoom({ clock, waitMs }: WaitingRoomOptions): WaitingRoom {
  const waited = createLru<true>(REMEMBERED);
  let taken = 0;

  function mayWait(revision: string | undefined): boolean {
    if (taken >= PLACES || (revision !== undefined && waited.get(revision) === true)) return false;
    if (revision !== undefined) waited.set(revision, true);
    return true;
  }

  return {
    async wait(revision, { onChange, look, until, signal }) {
      const end = Math.min(clock.now() + waitMs, until);
      if (end <= clock.now() || !mayWait(revision)) return;
      taken += 1;
      const bell = createBell(signal);
      const forget = onChange(bell.ring);
      try {
        while (clock.now() < end && !signal.aborted) {
          await bell.within(Math.min(LOOK_EVERY_MS, end - clock.now()));
          if (await look()) return;
        }
      } finally {
        forget();
        bell.remove();
        taken -= 1;
      }
    },
  };
}

/** Wakes who waits, and remembers a ring that nobody waited for. */
function createBell(signal: AbortSignal) {
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  signal.addEventListener('abort', ring);
  return {
    ring,
    async within(ms: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, Math.max(ms, 0));
      if (!rung) await promise;
      clearTimeout(timer);
      rung = false;
    },
    remove: () => signal.removeEventListener('abort', ring),
  };
}
