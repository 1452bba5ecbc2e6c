/** What a webhook registration gets when it names no timeout, and the most that it can name. */
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 30_000;
/** The answer leaves a second before the API server gives up; the rest is for noticing that and for writing it. */
const MARGIN_MS = 1200;

/**
 * How long a review may take, in ms, from the `timeout` of its URL: the API server adds `?timeout=10s` to each call.
 * Anything else than whole seconds counts as not given. A timeout too short for the margin is halved.
 */
export function timeBudget(timeout: unknown): number {
  const seconds = typeof timeout === 'string' ? /^(\d{1,3})s$/.exec(timeout)?.[1] : undefined;
  const granted =
    seconds === undefined || Number(seconds) === 0 ? DEFAULT_TIMEOUT_MS : Number(seconds) * 1000;
  const bounded = Math.min(granted, MAX_TIMEOUT_MS);
  return bounded > MARGIN_MS ? bounded - MARGIN_MS : bounded / 2;
}
