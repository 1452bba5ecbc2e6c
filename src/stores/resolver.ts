import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import { identityKey } from '../identity/identity.ts';
import type { Identity, Session } from '../identity/identity.ts';
import { addressKey } from '../request/addresses.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Address, AwsStoreName } from '../request/plan.ts';
import { createBreaker } from './breaker.ts';
import { createFreshCache } from './cache.ts';
import type { Outcome, Settle } from './cache.ts';
import { withoutHelp, type FailoverOf } from '../request/failover.ts';
import { createGuardedReads } from './guarded-reads.ts';
import type { Group, Read } from './guarded-reads.ts';
import type { Store } from './store.ts';

export interface ResolveOptions {
  /** Nothing that was fetched before this moment (clock.now, ms) is accepted, in flight or cached. */
  readonly freshAfter: number;
  /** From `failoversOf`. */
  readonly failoverOf?: FailoverOf;
  /** This caller's patience. Its abort ends its wait and nobody else's. */
  readonly signal: AbortSignal;
}

/** Addresses to answers: cache, single flight, batching, breaker, negative cache, failover. */
export interface Resolver {
  /** Never rejects: a failure is the answer of its address. */
  resolve(addresses: readonly Address[], session: Session, options: ResolveOptions): Promise<Answers>;
  /** When AWS last gave a definite answer to this identity in this region (clock.now, ms). */
  lastDefinite(identity: Identity, region: string): number | undefined;
}

/** How an address was looked up; `refused`: a call that the circuit breaker did not let through. */
export type ResolverEvent = 'hit' | 'joined' | 'miss' | 'refused';

export interface ResolverOptions {
  readonly stores: Readonly<Record<AwsStoreName, Store>>;
  readonly clock: Clock;
  /** `--cache-ttl`. */
  readonly cacheTtlMs: number;
  /** How long one call to AWS may take, retries included. Default 3 s. */
  readonly budgetMs?: number;
  /** As Math.random. */
  readonly jitter?: () => number;
  /** Bounds of the cache. */
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  /** For metrics. */
  readonly onEvent?: (event: ResolverEvent) => void;
}

/** An address whose load this caller has taken on. */
interface Mine {
  readonly address: Address;
  readonly settle: Settle<Read>;
  readonly unshare: () => void;
}

const EVENTS = { kept: 'hit', loading: 'joined', yours: 'miss' } as const;

type Outcomes = Map<string, Outcome<Read>>;

interface Asked {
  readonly outcomes: Outcomes;
  /** When the oldest of them began to be read. */
  readonly readAt: number;
}

/** Addresses by their keys, each once. */
type Wanted = ReadonlyMap<string, Address>;

const DEFAULTS = {
  budgetMs: 3000,
  maxEntries: 20_000,
  maxBytes: 16 * 1024 * 1024,
  jitter: Math.random,
} as const;

/**
 * The key of a cached answer is the whole identity and the whole address: whoever differs in anything asks AWS itself.
 * Misses of one caller go to a store together; a load that is under way is joined by others who may accept it.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { stores, clock, cacheTtlMs, budgetMs, jitter, maxEntries, maxBytes } = { ...DEFAULTS, ...options };
  const reads = createGuardedReads({ stores, clock, breaker: createBreaker({ clock, jitter }) });
  const cache = createFreshCache<Read>({ clock, maxEntries, maxBytes, size: sizeOf });

  async function load(mine: readonly [Mine, ...Mine[]], session: Session, budgetMs: number): Promise<void> {
    const [first, ...rest] = mine;
    const group: Group = [first.address, ...rest.map(({ address }) => address)];
    // While one call finds out whether AWS is back, nobody else waits for it: the breaker refuses them at once.
    const onProbe = (): void => mine.forEach(({ unshare }) => unshare());
    const { outcomes, asked } = await reads.read(group, session, { budgetMs, onProbe });
    for (const [index, { settle }] of mine.entries()) {
      settle(outcomes[index] ?? lost(), asked ? 'keep' : 'forget');
    }
    if (!asked) options.onEvent?.('refused');
  }

  /** Outcomes by address key; what the caller's patience does not suffice for is LK-TIMEOUT. */
  async function ask(
    wanted: Wanted,
    session: Session,
    how: ResolveOptions & { readonly budget: number },
  ): Promise<Asked> {
    const outcomes: Outcomes = new Map();
    let readAt = clock.now();
    const identity = identityKey(session.identity);
    const freshness = { freshAfter: how.freshAfter, ttlMs: cacheTtlMs };
    const mine: Mine[] = [];
    const waits: Promise<unknown>[] = [];
    for (const [key, address] of wanted) {
      const claim = cache.claim(JSON.stringify([identity, key]), freshness);
      options.onEvent?.(EVENTS[claim.kind]);
      readAt = Math.min(readAt, claim.startedAt);
      if (claim.kind === 'yours') mine.push({ address, settle: claim.settle, unshare: claim.unshare });
      if (claim.kind === 'kept') outcomes.set(key, claim.outcome);
      else waits.push(claim.outcome.then((outcome) => outcomes.set(key, outcome)));
    }
    if (waits.length === 0) return { outcomes, readAt };
    // Loads are not awaited: they go on when this caller leaves, and end by their own time limit.
    for (const group of groups(mine)) void load(group, session, how.budget);
    await untilAborted(Promise.all(waits), how.signal);
    // A copy: a load that ends later must not change what was answered.
    const answered = new Map(outcomes);
    for (const [key, address] of wanted) if (!answered.has(key)) answered.set(key, impatient(address));
    return { outcomes: answered, readAt };
  }

  /** Asks elsewhere for what the first address gave no definite answer to. Returns when the oldest answer was read. */
  async function askElsewhere(
    { outcomes, readAt }: Asked,
    wanted: Wanted,
    session: Session,
    how: ResolveOptions & { readonly failoverOf: FailoverOf },
  ): Promise<number> {
    if (how.signal.aborted) return readAt;
    const failed = [...wanted].filter(([key]) => isIndefinite(outcomes.get(key)));
    const moved = failed.flatMap(([key, first]) => {
      const address = how.failoverOf(first);
      return address === undefined ? [] : [{ key, address }];
    });
    if (moved.length === 0) return readAt;
    const second = await ask(byKey(moved.map(({ address }) => address)), session, {
      ...how,
      budget: budgetMs / 2,
    });
    for (const { key, address } of moved) {
      const there = second.outcomes.get(addressKey(address));
      const here = outcomes.get(key);
      // A replica that lacks the secret proves nothing: only a value counts.
      if (there !== undefined && !(there instanceof LatchkeyError) && there.length > 0)
        outcomes.set(key, there);
      else if (here instanceof LatchkeyError) outcomes.set(key, withoutHelp(here, address.region));
    }
    return Math.min(readAt, second.readAt);
  }

  return {
    async resolve(addresses, session, options) {
      const wanted = byKey(addresses);
      const { failoverOf } = options;
      // With a second region to ask, the first may not use up all the time.
      const asked = await ask(wanted, session, {
        ...options,
        budget: failoverOf === undefined ? budgetMs : budgetMs / 2,
      });
      if (failoverOf === undefined) return toAnswers(asked);
      const readAt = await askElsewhere(asked, wanted, session, { ...options, failoverOf });
      return toAnswers({ ...asked, readAt });
    },
    lastDefinite: (identity, region) => reads.lastDefinite(identity, region),
  };
}

function byKey(addresses: readonly Address[]): Wanted {
  return new Map(addresses.map((address) => [addressKey(address), address]));
}

/** By store and region; what is listed or searched goes alone. */
function groups(mine: readonly Mine[]): readonly (readonly [Mine, ...Mine[]])[] {
  const grouped = new Map<string, [Mine, ...Mine[]]>();
  for (const one of mine) {
    const { store, region, below, find } = one.address;
    const many = below !== undefined || find !== undefined;
    const key = JSON.stringify(many ? addressKey(one.address) : [store, region]);
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [one]);
    else group.push(one);
  }
  return [...grouped.values()];
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const leave = (): void => resolve();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  await Promise.race([work, aborted]);
  signal.removeEventListener('abort', leave);
}

function toAnswers({ outcomes, readAt }: Asked): Answers {
  return {
    readAt,
    one(address) {
      const outcome = outcomes.get(addressKey(address)) ?? lost();
      return outcome instanceof LatchkeyError ? outcome : (outcome[0] ?? lost());
    },
    many: (address) => outcomes.get(addressKey(address)) ?? lost(),
  };
}

function isIndefinite(outcome: Outcome<Read> | undefined): boolean {
  return outcome instanceof LatchkeyError && outcome.indefinite;
}

/** Roughly what an answer costs to keep. */
function sizeOf(read: Read): number {
  return read.reduce((sum, { value, arn, name }) => sum + value.size + arn.length + name.length + 200, 0);
}

function impatient({ region }: Address): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    `AWS in ${region} did not answer within the time that this request has`,
    'Check the network path to AWS; a longer timeoutSeconds of the webhook may help.',
  );
}

function lost(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'an answer is missing', 'Please report this.');
}
