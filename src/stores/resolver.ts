import type { Identity, Session } from '../identity/identity.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';

export interface ResolveOptions {
  /** Nothing that was fetched before this moment (clock.now, ms) is accepted, in flight or cached. */
  readonly freshAfter: number;
  readonly failoverRegion?: string;
  /** This caller's patience. Its abort ends its wait and nobody else's. */
  readonly signal: AbortSignal;
}

/** Addresses to answers: cache, single flight, batching, breaker, negative cache, failover. */
export interface Resolver {
  resolve(addresses: readonly Address[], session: Session, options: ResolveOptions): Promise<Answers>;
  /** When AWS last gave a definite answer to this identity in this region (clock.now, ms). */
  lastDefinite(identity: Identity, region: string): number | undefined;
}
