import type { Delivered } from '../delivery/delivery.ts';
import type { Problem } from '../errors.ts';
import type { Case } from './case.ts';
import { isNonEmpty } from './problems.ts';
import type { Decision, DecisionFacts } from './respond.ts';

function factsOf(review: Case): DecisionFacts {
  return { delivery: review.plan.delivery, planHash: review.planHash };
}

export function allowed(reason: string, warnings: readonly string[] = []): Decision {
  return { kind: 'allow', reason, warnings };
}

export function refused(
  review: Case,
  problems: readonly [Problem, ...Problem[]],
  warnings: readonly string[] = [],
): Decision {
  return { kind: 'refuse', problems, warnings, facts: factsOf(review) };
}

/**
 * A delivery's result as a decision: any problem refuses, no operation is a second round that finds all in place.
 * `readAt` only where the patch may serve a pod that is alike.
 */
export function concluded(
  review: Case,
  delivered: Delivered,
  { warnings = [], readAt }: { readonly warnings?: readonly string[]; readonly readAt?: number | undefined },
): Decision {
  const all = [...warnings, ...delivered.warnings];
  if (isNonEmpty(delivered.problems)) return refused(review, delivered.problems, all);
  const facts = factsOf(review);
  if (delivered.operations.length === 0) {
    return { kind: 'allow', reason: 'already delivered', warnings: all, facts };
  }
  const basis = readAt === undefined ? {} : { readAt };
  return { kind: 'patch', operations: delivered.operations, warnings: all, facts, ...basis };
}
