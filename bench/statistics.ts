/** The middle of the numbers, or the mean of the two in the middle. @throws RangeError when there are none */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('the median of nothing');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The smallest number that at least `share` (0 < share ≤ 1) of all are not above: the nearest rank. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  const found = sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
  if (found === undefined) throw new RangeError('a percentile of nothing');
  return found;
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The median, and the quartiles around it: half of all rounds lie between `low` and `high`. */
export function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), low: percentile(numbers, 0.25), high: percentile(numbers, 0.75) };
}

/** One number of ours by one of the other's, measured in the same round: what disturbed the machine disturbed both. */
export function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  if (ours.length !== theirs.length) throw new RangeError('ratios need as many numbers on both sides');
  return ours.map((number, round) => number / (theirs[round] ?? Number.NaN));
}
