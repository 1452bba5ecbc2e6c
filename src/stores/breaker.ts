import type { Clock } from '../clock.ts';
import type { Code } from '../errors.ts';
import { createLru } from './lru.ts';

export interface BreakerOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1, as Math.random: replicas must not probe in step. */
  readonly jitter: () => number;
  /** Failures in a row that open it. */
  readonly threshold?: number;
  /** How long it stays open the first time; doubles with each failed probe up to `maxOpenMs`. */
  readonly openMs?: number;
  readonly maxOpenMs?: number;
  readonly maxEntries?: number;
}

/** How one call ended: `unknown` for what says nothing about AWS (our own failure). */
export type Ending = 'answered' | 'unknown' | { readonly failed: Code };

export type Admission =
  /** `probe`: the one call that finds out whether AWS is back; all others are refused until it has ended. */
  | { readonly kind: 'go'; readonly probe: boolean; readonly end: (ending: Ending) => void }
  /** Not now: the last failure's code, and when to ask again (ms from now). */
  | { readonly kind: 'refused'; readonly code: Code; readonly waitMs: number };

/** Refuses calls at once where the last ones in a row brought no definite answer. One key never opens another's. */
export interface Breaker {
  /** On `go`, the caller must call `end` exactly once. */
  enter(key: string): Admission;
}

interface State {
  failures: number;
  opened: number;
  openUntil: number;
  probing: boolean;
  code: Code;
}

const DEFAULTS = { threshold: 3, openMs: 2000, maxOpenMs: 15_000, maxEntries: 2000 } as const;

/** A circuit breaker for many keys, half-open by one probe at a time. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, jitter, threshold, openMs, maxOpenMs, maxEntries } = { ...DEFAULTS, ...options };
  const states = createLru<State>(maxEntries);

  function fail(key: string, code: Code, probe: boolean): void {
    const state = states.get(key) ?? { failures: 0, opened: 0, openUntil: 0, probing: false, code };
    states.set(key, state);
    // A straggler that began before it opened is no news.
    if (state.failures >= threshold && !probe) return;
    state.code = code;
    state.failures += 1;
    state.probing = false;
    if (state.failures < threshold) return;
    const base = Math.min(openMs * 2 ** state.opened, maxOpenMs);
    state.opened += 1;
    state.openUntil = clock.now() + base * (0.75 + 0.5 * jitter());
  }

  function end(key: string, probe: boolean, ending: Ending): void {
    if (ending === 'answered') {
      states.delete(key);
    } else if (ending !== 'unknown') {
      fail(key, ending.failed, probe);
    } else if (probe) {
      const state = states.get(key);
      if (state !== undefined) state.probing = false;
    }
  }

  return {
    enter(key) {
      const state = states.get(key);
      if (state === undefined || state.failures < threshold) {
        return { kind: 'go', probe: false, end: (ending) => end(key, false, ending) };
      }
      const waitMs = state.openUntil - clock.now();
      if (waitMs > 0 || state.probing)
        return { kind: 'refused', code: state.code, waitMs: Math.max(waitMs, 0) };
      state.probing = true;
      return { kind: 'go', probe: true, end: (ending) => end(key, true, ending) };
    },
  };
}
