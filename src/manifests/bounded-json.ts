const MAX_DEPTH = 100;
const MAX_PARTS = 500_000;

/**
 * Whether a parsed document is a tree of a sensible size. Aliases let a few lines of YAML stand for a graph with cycles or
 * for billions of parts; counting it as a tree, with an end, finds both.
 */
export function isBounded(value: unknown): boolean {
  let parts = 0;
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    parts += 1;
    if (parts + open.length > MAX_PARTS || next.depth > MAX_DEPTH) return false;
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const child of Object.values(next.value)) open.push({ value: child, depth: next.depth + 1 });
  }
  return true;
}
