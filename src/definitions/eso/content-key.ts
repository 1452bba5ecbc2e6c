/** The same for equal content, in whatever order its fields and names were written. */
function canonical(value: unknown): unknown {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)];
    const sorted = entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    return sorted.map(([key, item]) => [key, canonical(item)]);
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  // Where something was written decides nothing.
  return canonical(new Map(Object.entries(value).filter(([name]) => name !== 'place')));
}

/** Plain data (maps, lists, objects) as one text; equal content is equal text. */
export function contentKey(value: unknown): string {
  return JSON.stringify(canonical(value));
}
