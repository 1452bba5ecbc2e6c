import { LatchkeyError, type Problem } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Place, Plan, Slot, Source } from '../request/plan.ts';

/** What a dry run may learn: whether each reference is there and permitted, and nothing about any value. */
export interface Existence {
  /** The slots that a real run would fill, as far as the values themselves don't decide it. */
  readonly slots: readonly Slot[];
  readonly problems: readonly Problem[];
}

/**
 * Checks a plan's references without looking at a value: a dry run leaves no trace, and a predicate over the value
 * (is there a property, does it decode) would answer one bit of it a call. Members of bulk references are names out of
 * values, so they have no slots here.
 */
export function existenceOf(plan: Plan, answers: Answers | undefined): Existence {
  const problems: Problem[] = [];
  const slots: Slot[] = [];
  for (const { slot, template, place } of plan.items) {
    const sources = template.filter((part) => typeof part !== 'string');
    const states = sources.map((source) => stateOf(source, place, answers));
    for (const state of states) if (typeof state === 'object') problems.push(state);
    if (!states.includes('left out')) slots.push(slot);
  }
  for (const { source, place } of plan.bulks) {
    const state = stateOf(source, place, answers);
    if (typeof state === 'object') problems.push(state);
  }
  return { slots, problems };
}

function stateOf(source: Source, place: Place, answers: Answers | undefined): 'there' | 'left out' | Problem {
  const { address } = source;
  const answer = address.below === undefined ? answers?.one(address) : answers?.many(address);
  if (!(answer instanceof LatchkeyError)) return 'there';
  if (answer.code === 'LK-NOT-FOUND' && source.default !== undefined) return 'there';
  if (answer.code === 'LK-NOT-FOUND' && source.optional === true) return 'left out';
  return {
    code: answer.code,
    place: place.label,
    field: place.field,
    reference: printable(source.text),
    message: answer.message,
    remedy: answer.remedy,
  };
}
