/**
 * Waits for `work` no longer than `signal` allows: one caller's patience, while the work itself goes on for others.
 * Rejects with what `onAbort` makes when the signal comes first.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal, onAbort: () => Error): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(onAbort());
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
