import type { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { Fetched, Member } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';

/**
 * A place that secrets live in. A store knows its service's protocol, batching and error names, and nothing of caches,
 * pods or reviews. All addresses of one call have the same region and store.
 */
export interface Store {
  /**
   * Reads addresses without `below`. One entry per address, in the order asked; a failure is an entry, never a throw,
   * so that one address cannot take its neighbours with it.
   */
  read(
    addresses: readonly Address[],
    session: Session,
    signal: AbortSignal,
  ): Promise<readonly (Fetched | LatchkeyError)[]>;
  /** Everything below a path, for an address with `below`. Only stores that have paths implement it. */
  list?(address: Address, session: Session, signal: AbortSignal): Promise<readonly Member[] | LatchkeyError>;
}

/** Warnings for operators that a store found on its way (a role that lacks a better permission), by a callback. */
export type Advise = (advice: { readonly code: string; readonly text: string }) => void;
