/**
 * The candidate that someone who wrote `text` most likely meant: the one with the fewest edits (an insertion, a deletion,
 * a replacement or a swap of neighbours is one), if those are at most a third of the text's length; at least one is allowed.
 */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  const bounded = text.slice(0, 80).toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(bounded.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(bounded, candidate.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/** Optimal string alignment distance, three rows at a time. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
