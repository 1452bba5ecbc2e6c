/** Node's code of a system or TLS error (`ECONNRESET`): a constant that is safe to show, unlike the message. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'no code';
}
