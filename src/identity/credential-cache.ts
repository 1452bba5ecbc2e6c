import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import { createLru } from '../stores/lru.ts';
import { identityKey, type Credentials, type Identity } from './identity.ts';

/** Gets new credentials. The signal is the flight's own: no caller's abort ends it. */
export type Obtain = (signal: AbortSignal) => Promise<Credentials>;

export interface CredentialCache {
  /** What is cached for exactly this identity and region, else what `obtain` gets; concurrent callers share one flight. */
  get(at: { identity: Identity; region: string; signal: AbortSignal }, obtain: Obtain): Promise<Credentials>;
  forget(identity: Identity, region: string): void;
}

export interface CredentialCacheOptions {
  readonly clock: Clock;
  /** Identities and regions kept; the least recently used go first. */
  readonly max?: number;
  /** How long one flight may take, in milliseconds, whoever waits for it. */
  readonly flightMs?: number;
}

const MAX = 2_000;
const FLIGHT_MS = 10_000;
/** STS sessions last 15 minutes: with less than this left they are renewed, so that no call runs out half-way. */
const RENEW_MS = 3 * 60_000;
/** While they cannot be renewed, they are still good for a call. */
const LAST_MS = 30_000;

/** Credentials by identity and region. */
export function createCredentialCache({
  clock,
  max = MAX,
  flightMs = FLIGHT_MS,
}: CredentialCacheOptions): CredentialCache {
  const kept = createLru<Credentials>(max);
  const flights = new Map<string, Promise<Credentials>>();

  const left = ({ expiration }: Credentials): number =>
    expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - clock.wall();

  const fly = (key: string, obtain: Obtain): Promise<Credentials> => {
    const flight = obtain(AbortSignal.timeout(flightMs)).then((credentials) => {
      // Unless it was forgotten meanwhile.
      if (flights.get(key) === flight) kept.set(key, credentials);
      return credentials;
    });
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    void flight.then(land, land);
    return flight;
  };

  return {
    get: async ({ identity, region, signal }, obtain) => {
      const key = keyOf(identity, region);
      const cached = kept.get(key);
      if (cached !== undefined && left(cached) >= RENEW_MS) return cached;
      const flight = flights.get(key) ?? fly(key, obtain);
      try {
        return await abortable(flight, signal, () => tooLate(region));
      } catch (error) {
        const indefinite = error instanceof LatchkeyError && error.indefinite;
        if (indefinite && cached !== undefined && left(cached) >= LAST_MS) return cached;
        throw error;
      }
    },
    forget: (identity, region) => {
      const key = keyOf(identity, region);
      kept.delete(key);
      flights.delete(key);
    },
  };
}

function keyOf(identity: Identity, region: string): string {
  return JSON.stringify([identityKey(identity), region]);
}

function tooLate(region: string): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    `credentials for ${region} did not come in time`,
    'Check the network path to STS and to the API server (NAT gateway, VPC endpoint, security groups, NetworkPolicy).',
  );
}
