import type { KeyReading, SealingKey } from './sealing-key.ts';

/** The sealing keys that are in use. */
export interface KeyRing {
  /** Newest first; each once, however many Secrets hold it. */
  readonly keys: readonly SealingKey[];
  /** What could not be used, by name. */
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
  /** Namespaces whose keys could not be read yet. */
  readonly unread?: readonly string[];
}

/** A key a month makes 12 a year; beyond this, somebody makes them by mistake, and each costs a try. */
export const MAX_KEYS = 1000;

export const EMPTY_RING: KeyRing = { keys: [], broken: [] };

/** Orders the keys that were found. Of more than {@link MAX_KEYS}, the oldest are left out and named. */
export function keyRing(readings: readonly KeyReading[]): KeyRing {
  const byFingerprint = new Map<string, SealingKey>();
  for (const reading of readings) {
    if ('broken' in reading) continue;
    const known = byFingerprint.get(reading.key.fingerprint);
    if (known === undefined || comparedByAge(reading.key, known) < 0)
      byFingerprint.set(reading.key.fingerprint, reading.key);
  }
  const ordered = [...byFingerprint.values()].sort(comparedByAge);
  return {
    keys: ordered.slice(0, MAX_KEYS),
    broken: [
      ...readings.flatMap((one) => ('broken' in one ? [{ name: one.name, reason: one.broken }] : [])),
      ...ordered
        .slice(MAX_KEYS)
        .map(({ name }) => ({ name, reason: `is older than the ${String(MAX_KEYS)} newest` })),
    ],
  };
}

/** The newest key that has a certificate: what new values are sealed with. */
export function newestCertificate(ring: KeyRing): SealingKey['certificate'] {
  return ring.keys.find(({ certificate }) => certificate !== undefined)?.certificate;
}

/** Newest first; of two found as old as each other, one with a certificate, then always the same. */
function comparedByAge(a: SealingKey, b: SealingKey): number {
  const withCertificate = Number(b.certificate !== undefined) - Number(a.certificate !== undefined);
  return b.madeMs - a.madeMs || withCertificate || (a.fingerprint < b.fingerprint ? -1 : 1);
}
