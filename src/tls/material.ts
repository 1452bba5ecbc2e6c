import type { SecureContextOptions } from 'node:tls';

/** What a TLS server needs, as read from files and checked. */
export interface TlsMaterial {
  /** PEM, the leaf first. */
  readonly cert: string;
  readonly key: string;
  /** PEM; who signed the callers' certificates. */
  readonly clientCa?: string;
  /** When the leaf expires, ms since the epoch. */
  readonly notAfterMs: number;
}

/** TLS 1.2 is the least that a supported API server speaks; the rest are Node's defaults. */
export function secureContext(tls: TlsMaterial): SecureContextOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: 'TLSv1.2',
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
  };
}
