import type { Clock } from '../clock.ts';
import { CODES, LatchkeyError } from '../errors.ts';
import type { Code } from '../errors.ts';
import { identityKey } from '../identity/identity.ts';
import type { Identity, Session } from '../identity/identity.ts';
import type { Fetched } from '../request/evaluate.ts';
import { awsStoreOf } from '../request/addresses.ts';
import type { Address, AwsStoreName } from '../request/plan.ts';
import { timedOut } from './aws-errors.ts';
import type { Ending, Breaker } from './breaker.ts';
import type { Outcome } from './cache.ts';
import { createLru } from './lru.ts';
import type { Store } from './store.ts';

/** What a store answered for one address: one value, or the members below a path. */
export type Read = readonly Fetched[];

/** Addresses of one store and region, in one call; or one address with `below`. */
export type Group = readonly [Address, ...Address[]];

export interface GroupOutcome {
  /** One for each address, in their order. */
  readonly outcomes: readonly Outcome<Read>[];
  /** The breaker refused: no call was made, and the outcome is not worth keeping. */
  readonly asked: boolean;
}

export interface ReadLimits {
  readonly budgetMs: number;
  /** Called before anything else if this read is the one that finds out whether AWS is back: it may take all its time. */
  readonly onProbe: () => void;
}

export interface GuardedReads {
  /** Never rejects. Ends within the budget and a moment. */
  read(group: Group, session: Session, limits: ReadLimits): Promise<GroupOutcome>;
  lastDefinite(identity: Identity, region: string): number | undefined;
}

export interface GuardedReadsOptions {
  readonly stores: Readonly<Record<AwsStoreName, Store>>;
  readonly breaker: Breaker;
  readonly clock: Clock;
}

/** A store that was told to stop has this long to hand over what it has already got. */
const HANDOVER_MS = 100;
const MAX_REMEMBERED = 10_000;

/** Codes by which AWS itself says no. */
const ANSWERS: ReadonlySet<Code> = new Set<Code>([
  'LK-NOT-FOUND',
  'LK-DENIED',
  'LK-KMS',
  'LK-INVALID',
  'LK-LIMIT',
  'LK-TRUST',
  'LK-NO-OIDC',
]);

const SERVICES = { ssm: 'SSM', secretsmanager: 'Secrets Manager' } as const;

/** Store calls with a time limit and a circuit breaker, per identity, region and store. */
export function createGuardedReads({ stores, breaker, clock }: GuardedReadsOptions): GuardedReads {
  const definite = createLru<number>(MAX_REMEMBERED);

  function note(outcomes: readonly Outcome<Read>[], identity: Identity, region: string): Ending {
    if (outcomes.some((outcome) => !(outcome instanceof LatchkeyError) || ANSWERS.has(outcome.code))) {
      definite.set(placeKey(identity, region), clock.now());
      return 'answered';
    }
    const failure = outcomes.find((outcome) => outcome instanceof LatchkeyError && outcome.indefinite);
    return failure instanceof LatchkeyError ? { failed: failure.code } : 'unknown';
  }

  async function ask(group: Group, session: Session, signal: AbortSignal): Promise<readonly Outcome<Read>[]> {
    const [first] = group;
    const store = stores[awsStoreOf(first)];
    if (first.below !== undefined || first.find !== undefined)
      return [(await store.list?.(first, session, signal)) ?? noPaths()];
    const outcomes = await store.read(group, session, signal);
    return outcomes.map((outcome) => (outcome instanceof LatchkeyError ? outcome : [outcome]));
  }

  return {
    async read(group, session, { budgetMs, onProbe }) {
      const [first] = group;
      const { region } = first;
      const store = awsStoreOf(first);
      const every = (error: LatchkeyError): readonly LatchkeyError[] => group.map(() => error);
      const admission = breaker.enter(JSON.stringify([identityKey(session.identity), region, store]));
      if (admission.kind === 'refused')
        return { outcomes: every(refused(admission.code, store, region)), asked: false };
      if (admission.probe) onProbe();
      const outcomes = await within(budgetMs, (signal) => ask(group, session, signal)).then(
        (answered) => answered ?? every(timedOut(SERVICES[store], region)),
        (error: unknown) => every(error instanceof LatchkeyError ? error : unexpected()),
      );
      admission.end(note(outcomes, session.identity, region));
      return { outcomes, asked: true };
    },
    lastDefinite: (identity, region) => definite.get(placeKey(identity, region)),
  };
}

function placeKey(identity: Identity, region: string): string {
  return JSON.stringify([identityKey(identity), region]);
}

/** `undefined` when the work, told to stop at the end of its time, does not even end a moment later. */
async function within<T>(
  budgetMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const stop = setTimeout(() => controller.abort(), budgetMs);
  const giveUp = setTimeout(() => resolve(undefined), budgetMs + HANDOVER_MS);
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    clearTimeout(stop);
    clearTimeout(giveUp);
  }
}

function refused(code: Code, store: AwsStoreName, region: string): LatchkeyError {
  return new LatchkeyError(
    code,
    `${SERVICES[store]} in ${region} is not asked for a moment, because the last calls brought no answer (${CODES[code].title})`,
    'Check the network path to AWS and the AWS health dashboard.',
  );
}

function noPaths(): LatchkeyError {
  return new LatchkeyError('LK-INVALID', 'this store has no paths', 'Name one secret.');
}

function unexpected(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'reading from a store failed unexpectedly', 'Please report this.');
}
