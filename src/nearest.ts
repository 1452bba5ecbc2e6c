const LONGEST = 80;

interface Rows {
  readonly current: readonly number[];
  readonly previous: readonly number[];
  readonly beforeThat: readonly number[];
}

/** What it costs to have both words' beginnings agree, by the cheapest last step. */
function cost(a: string, b: string, [row, column]: readonly [number, number], rows: Rows): number {
  const { current, previous, beforeThat } = rows;
  const same = a[row - 1] === b[column - 1] ? 0 : 1;
  const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return Math.min(
    (previous[column - 1] ?? 0) + same,
    (previous[column] ?? 0) + 1,
    (current[column - 1] ?? 0) + 1,
    swapped ? (beforeThat[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
  );
}

/** Edit distance in which two letters that changed places count once; both words are at most {@link LONGEST} long. */
function distance(a: string, b: string): number {
  let beforeThat: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      current.push(cost(a, b, [row, column], { current, previous, beforeThat }));
    }
    beforeThat = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/**
 * The candidate that a typing error most likely meant, or `undefined` when none is close: at most a third of the
 * longer word may differ. Case does not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST) continue;
    const found = distance(word.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (found <= allowed && found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** ` Did you mean "x"?` for the end of a remedy, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}
