import type { FetchPlan } from '../delivery/fetch-plan.ts';
import { LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { Answers } from '../request/evaluate.ts';
import type { Source } from '../request/plan.ts';
import { ask } from './ask.ts';
import type { AskOptions } from './ask.ts';
import { layOut } from './lay-out.ts';
import type { FetchedReference } from './termination-message.ts';
import { writeFiles } from './write-files.ts';

export interface FetchOptions extends Omit<AskOptions, 'deadline'> {
  readonly plan: FetchPlan;
}

export type Outcome =
  | {
      readonly kind: 'written';
      readonly files: number;
      readonly fetched: readonly FetchedReference[];
      readonly warnings: readonly string[];
    }
  /** `again`: trying later can help. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[]; readonly again: boolean }
  | { readonly kind: 'stopped' };

/**
 * Asks for everything, checks everything, then writes everything: until the last value is there and fits its place, no
 * file is touched.
 * @throws LatchkeyError LK-CONFIG when the plan has no place for a value
 */
export async function fetchAndWrite(options: FetchOptions): Promise<Outcome> {
  const { plan, clock } = options;
  const asked = await ask(plan.plan, { ...options, deadline: clock.now() + plan.deadlineSeconds * 1000 });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'problems') return refused(asked.problems, asked.again);
  const laidOut = layOut(plan, asked.evaluated.filled);
  if (laidOut.kind === 'problems') return refused(laidOut.problems, false);
  const problems = writeFiles(laidOut.files);
  if (problems.length > 0) return refused(problems, false);
  return {
    kind: 'written',
    files: laidOut.files.length,
    fetched: sourcesOf(plan).map((source) => report(source, asked.answers)),
    warnings: asked.evaluated.warnings,
  };
}

function refused(problems: readonly Problem[], again: boolean): Outcome {
  return { kind: 'refused', problems, again };
}

/** Each reference once, as written, in the order of the plan. */
function sourcesOf({ plan }: FetchPlan): readonly Source[] {
  const parts = plan.items.flatMap((item) => item.template);
  const sources = [
    ...parts.filter((part) => typeof part !== 'string'),
    ...plan.bulks.map((bulk) => bulk.source),
  ];
  return [...new Map(sources.map((source) => [source.text, source])).values()];
}

function report({ text, address }: Source, answers: Answers): FetchedReference {
  if (address.below !== undefined) {
    const members = answers.many(address);
    const outcome = members instanceof LatchkeyError ? 'not found' : `${members.length} parameters`;
    return { reference: text, outcome };
  }
  const fetched = answers.one(address);
  // Only an optional reference, or one with a default, gets here without having been found.
  const outcome = fetched instanceof LatchkeyError ? 'not found' : `version ${fetched.version}`;
  return { reference: text, outcome };
}
