/** The name of a system error (`ENOENT`), the only thing that is taken from it: its message holds paths. */
export function systemErrorName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^[A-Z0-9_]{1,40}$/.test(error.code) ? error.code : undefined;
}
