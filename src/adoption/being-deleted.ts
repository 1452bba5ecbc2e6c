/** Whether an object, raw, is on its way out: finalizers can keep it for long. */
export function isBeingDeleted(object: unknown): boolean {
  const { metadata } = (object ?? {}) as { readonly metadata?: unknown };
  const { deletionTimestamp } = (metadata ?? {}) as { readonly deletionTimestamp?: unknown };
  return deletionTimestamp !== undefined && deletionTimestamp !== null;
}
