/** Maps items with at most `limit` at a time. Results keep the order of the items; the first rejection rejects. */
export async function inParallel<T, R>(
  limit: number,
  items: readonly T[],
  each: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  // Every worker draws from the one iterator.
  async function work(): Promise<void> {
    for (const [index, item] of queue) results[index] = await each(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
