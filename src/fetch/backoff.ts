const FIRST_MS = 250;
const LONGEST_MS = 8000;

/**
 * Milliseconds to wait before try number `attempt` + 1 (the first is 0), with full jitter: anything from nothing to a
 * bound that doubles. A thousand pods that AWS throttled together must not come back together.
 */
export function fullJitter(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}
