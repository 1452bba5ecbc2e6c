import type { Refresh } from './refresh.ts';

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 10 * 60_000;
/** So much earlier or later, of the whole. */
const SPREAD = 0.1;

/** When a definition that was carried out is due again, ms; undefined for one that waits for a change. */
export function againAfter(
  refresh: Refresh,
  { everyMs, jitter }: { readonly everyMs: number; readonly jitter: () => number },
): number | undefined {
  if (refresh.kind === 'once' || refresh.kind === 'on-change') return undefined;
  const ms = refresh.kind === 'every' ? refresh.ms : everyMs;
  return ms * (1 - SPREAD + 2 * SPREAD * jitter());
}

/** When one that failed is tried again, ms: soon at first, for what is applied a moment later. */
export function retryAfter(failuresBefore: number, jitter: () => number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failuresBefore, 20), MAX_RETRY_MS) * (0.5 + jitter());
}
