import type { LatchkeyError, Problem } from '../errors.ts';
import type { SecretValue } from '../secret-value.ts';
import type { Address, Plan, Slot } from './plan.ts';

/** What a store returned for one address. */
export interface Fetched {
  readonly value: SecretValue;
  /** SSM: the version number; Secrets Manager: the VersionId. Safe to print. */
  readonly version: string;
  /** The ARN that the store returned, or '' where it returns none. */
  readonly arn: string;
  /** The name that the store returned: a parameter name with its leading slash, or a secret's name. */
  readonly name: string;
}

/** One parameter below a path; `name` is the full parameter name. */
export type Member = Fetched;

/** The answers to a plan's addresses. A failed answer is the error itself, so that one failure never hides another. */
export interface Answers {
  one(address: Address): Fetched | LatchkeyError;
  many(address: Address): readonly Member[] | LatchkeyError;
}

/** One slot with its value. */
export interface Filled {
  readonly slot: Slot;
  readonly value: SecretValue;
}

export interface Evaluated {
  readonly filled: readonly Filled[];
  readonly problems: readonly Problem[];
  /** For the person who applies the pod: skipped members and the like. Names only. */
  readonly warnings: readonly string[];
}

/** What of a plan is evaluated: `latchkey fetch` has only this much of it. */
export type EvaluatedParts = Pick<Plan, 'items' | 'bulks'> & Partial<Pick<Plan, 'inPlace'>>;

/** Answers to values. Every problem is reported; no text of a value is ever in one. */
export function evaluate(plan: EvaluatedParts, answers: Answers): Evaluated {
  void plan;
  void answers;
  return { filled: [], problems: [], warnings: [] };
}
