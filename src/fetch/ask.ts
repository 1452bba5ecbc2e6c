import type { Clock } from '../clock.ts';
import { isIndefinite, LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import { addressesOf, addressKey } from '../request/addresses.ts';
import { evaluate } from '../request/evaluate.ts';
import type { Answers, Evaluated } from '../request/evaluate.ts';
import { jmesPathFor } from '../request/jmes-path.ts';
import type { Address, Plan } from '../request/plan.ts';
import { failoversOf, type FailoverOf } from '../request/failover.ts';
import type { Resolver } from '../stores/resolver.ts';
import { fullJitter } from './backoff.ts';
import type { LineLog } from './line-log.ts';

export interface AskOptions {
  /**
   * A new resolver for each try: what one remembers is made for a webhook, and would answer the next try with the failure
   * of the last. It has so many milliseconds for its calls.
   */
  readonly openResolver: (budgetMs: number) => Pick<Resolver, 'resolve'>;
  readonly session: Session;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** `clock.now` at which to give up, in milliseconds. */
  readonly deadline: number;
  /** Whoever started the process wants it to end. */
  readonly signal: AbortSignal;
  readonly log: LineLog;
}

export type Asked =
  | { readonly kind: 'values'; readonly evaluated: Evaluated; readonly answers: Answers }
  /** `again`: each problem may be gone later. */
  | { readonly kind: 'problems'; readonly problems: readonly Problem[]; readonly again: boolean }
  | { readonly kind: 'stopped' };

type AskedPlan = Pick<Plan, 'items' | 'bulks' | 'failoverRegion'>;
type Answer = ReturnType<Answers['one']> | ReturnType<Answers['many']>;

/**
 * Asks for everything in a plan until all of it is there. What gets no definite answer (throttled, timed out, away) is
 * asked again, that alone and with full jitter, up to the deadline; the first definite refusal ends it.
 */
export async function ask(plan: AskedPlan, options: AskOptions): Promise<Asked> {
  const { clock, deadline, signal } = options;
  const settled = new Map<string, Answer>();
  const answers = answersFrom(settled);
  const failoverOf = failoversOf(plan);
  const jmesPath = await jmesPathFor(plan);
  let before: readonly Problem[] = [];
  for (let attempt = 0; ; attempt += 1) {
    const missing = addressesOf(plan).filter((address) => isOpen(settled.get(addressKey(address))));
    await askOnce(missing, failoverOf, settled, options);
    if (signal.aborted) return { kind: 'stopped' };
    const evaluated = evaluate(plan, answers, jmesPath);
    if (evaluated.problems.length === 0) return { kind: 'values', evaluated, answers };
    const again = evaluated.problems.every(isIndefinite);
    const wait = fullJitter(attempt, options.random);
    if (!again) return { kind: 'problems', problems: evaluated.problems, again };
    if (clock.now() + wait >= deadline) {
      // A try that the deadline cut short knows less than the one before it.
      const cut = clock.now() >= deadline && before.length > 0;
      return { kind: 'problems', problems: cut ? before : evaluated.problems, again };
    }
    before = evaluated.problems;
    options.log.warn(
      { attempt: attempt + 1, waitMs: Math.round(wait), codes: codesOf(evaluated) },
      'trying again',
    );
    await options.sleep(wait, signal);
  }
}

async function askOnce(
  addresses: readonly Address[],
  failoverOf: FailoverOf | undefined,
  settled: Map<string, Answer>,
  { openResolver, session, clock, deadline, signal }: AskOptions,
): Promise<void> {
  const answers = await openResolver(Math.max(0, deadline - clock.now())).resolve(addresses, session, {
    freshAfter: clock.now(),
    ...(failoverOf === undefined ? {} : { failoverOf }),
    signal,
  });
  for (const address of addresses) {
    const answer = address.below === undefined ? answers.one(address) : answers.many(address);
    settled.set(addressKey(address), answer);
  }
}

function isOpen(answer: Answer | undefined): boolean {
  return answer === undefined || (answer instanceof LatchkeyError && answer.indefinite);
}

function codesOf({ problems }: Evaluated): readonly string[] {
  return [...new Set(problems.map(({ code }) => code))];
}

function answersFrom(settled: ReadonlyMap<string, Answer>): Answers {
  return {
    one(address) {
      const answer = settled.get(addressKey(address)) ?? unasked();
      return isMany(answer) ? unasked() : answer;
    },
    many(address) {
      const answer = settled.get(addressKey(address)) ?? unasked();
      return isMany(answer) || answer instanceof LatchkeyError ? answer : unasked();
    },
  };
}

function unasked(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'an answer is missing', 'Please report it.');
}

function isMany(answer: Answer): answer is Extract<Answer, readonly unknown[]> {
  return Array.isArray(answer);
}
