import type { Clock } from '../clock.ts';
import { describe, type Problem } from '../errors.ts';
import type { Resolver } from '../stores/resolver.ts';
import { askStores } from './ask-stores.ts';
import { PRECISION_MS } from './deadlines.ts';
import { existenceOf } from './existence.ts';
import { problemsOf } from './problems.ts';
import type { WorkloadCase } from './workload-case.ts';
import { isDefinite } from './workload-problems.ts';

/** How long somebody who applies a workload waits for AWS, at most. */
const PATIENCE_MS = 2000;

/** What was learnt from asking ahead. */
export interface Preflight {
  /** Every definite no. */
  readonly refusals: readonly Problem[];
  /** What could not be learnt, for people. */
  readonly unknown: readonly string[];
}

export interface PreflightOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** False in a dry run with --dry-run-offline. */
  readonly asksAws: boolean;
  /** When the review's answer must leave (clock.now, ms). */
  readonly deadline: number;
}

const NOTHING: Preflight = { refusals: [], unknown: [] };

/**
 * Asks as the workload's service account whether each reference is there and permitted; values come and are not looked at.
 * Silence of AWS is no refusal, and nor is a service account that is not there yet.
 */
export async function preflight(
  { review, unasked }: WorkloadCase,
  { resolver, clock, asksAws, deadline }: PreflightOptions,
): Promise<Preflight> {
  const { plan, session } = review;
  if (plan.preflight === 'off') return NOTHING;
  if (unasked !== undefined) return sorted(problemsOf(unasked), (unknown) => unknown.map(describe));
  if (session === undefined || !asksAws) return NOTHING;
  const patience = Math.min(PATIENCE_MS, deadline - clock.now() - PRECISION_MS);
  const signal = AbortSignal.any([review.signal, AbortSignal.timeout(Math.max(Math.trunc(patience), 0))]);
  const answers = await askStores({ ...review, session, signal }, resolver);
  return sorted(existenceOf(plan, answers).problems, once);
}

function sorted(
  problems: readonly Problem[],
  say: (unknown: readonly Problem[]) => readonly string[],
): Preflight {
  return {
    refusals: problems.filter(isDefinite),
    unknown: say(problems.filter((problem) => !isDefinite(problem))),
  };
}

/** One sentence for all references that the same thing kept from being looked at. */
function once(unknown: readonly Problem[]): readonly string[] {
  const alike = Map.groupBy(unknown, ({ code, message }) => JSON.stringify([code, message]));
  return [...alike.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const { code, field, message, remedy } = first;
    const count = more.length + 1;
    const place = `preflight of ${count === 1 ? 'one reference' : `${String(count)} references`}`;
    return [describe({ code, place, field, message, remedy })];
  });
}
