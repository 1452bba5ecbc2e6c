import { permittedAnswers } from '../admission/permitted-answers.ts';
import { problemsOf } from '../admission/problems.ts';
import type { Access, Question, Recipe } from '../definitions/recipe.ts';
import { LatchkeyError, ProblemsError, type Problem } from '../errors.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import { permitWish } from '../policy/permit.ts';
import type { Answers } from '../request/evaluate.ts';
import { failoversAmong } from '../request/failover.ts';
import type { Resolver } from '../stores/resolver.ts';
import { openAccess, type OnBehalfOf, type OpenAccessOptions, type OpenedAccess } from './open-access.ts';

/** All questions of a recipe that one identity asks. */
export interface Group extends OpenedAccess {
  readonly access: Access;
  readonly questions: readonly [Question, ...Question[]];
  /** Of the recipe. */
  readonly failoverRegion?: string;
  readonly context: PermitContext;
}

/** What limits everybody who asks for a namespace. */
export type PermitSurroundings = Pick<
  PermitContext,
  'namespace' | 'namespaceLabels' | 'namespaceAnnotations' | 'policy'
>;

/**
 * Opens every identity that a recipe reads with, and lets the policy look at every question and role. Nothing is asked of
 * AWS.
 *
 * @throws ProblemsError with all that is not permitted or cannot be opened
 */
export async function openGroups(
  recipe: Recipe,
  on: OnBehalfOf,
  options: OpenAccessOptions & { readonly surroundings: PermitSurroundings },
): Promise<readonly Group[]> {
  const problems: Problem[] = [];
  const groups: Group[] = [];
  for (const questions of Map.groupBy(recipe.questions, ({ access }) => accessKey(access)).values()) {
    const group = await openGroup(questions as [Question, ...Question[]], on, options);
    if ('problems' in group) problems.push(...group.problems);
    else groups.push(group);
  }
  const { failoverRegion } = recipe;
  const asked = failoverRegion === undefined ? groups : groups.map((group) => ({ ...group, failoverRegion }));
  const [first, ...rest] = [...problems, ...asked.flatMap(deniedIn)];
  if (first !== undefined) throw new ProblemsError([first, ...rest]);
  return asked;
}

async function openGroup(
  questions: readonly [Question, ...Question[]],
  on: OnBehalfOf,
  options: OpenAccessOptions & { readonly surroundings: PermitSurroundings },
): Promise<Group | { readonly problems: readonly Problem[] }> {
  const [{ access, place }] = questions;
  try {
    const opened = await openAccess(access, on, options);
    return { ...opened, access, questions, context: { ...options.surroundings, ...opened.permit } };
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    const at = access.reader.kind === 'default' ? place : access.reader.place;
    return { problems: problemsOf(error, at.label, at.field) };
  }
}

/** A Secret is what `secret` delivery leaves behind too: whoever forbids that forbids this. */
function deniedIn({ questions, failoverRegion, context, rolePlace }: Group): readonly Problem[] {
  const wish = { delivery: 'secret', references: questions, rolePlace } as const;
  return permitWish(failoverRegion === undefined ? wish : { ...wish, failoverRegion }, context);
}

export interface AskOptions {
  readonly resolver: Resolver;
  /** Nothing that was fetched before is accepted (clock.now, ms). */
  readonly freshAfter: number;
  readonly signal: AbortSignal;
}

/** Asks AWS everything, each group as itself; what comes back passes the policy once more. Never rejects. */
export async function askGroups(
  groups: readonly Group[],
  { resolver, freshAfter, signal }: AskOptions,
): Promise<(access: Access) => Answers> {
  const answers = new Map<string, Answers>();
  await Promise.all(
    groups.map(async ({ access, questions, failoverRegion, session, context }) => {
      const addresses = questions.map(({ address }) => address);
      const failoverOf = failoversAmong(questions, failoverRegion);
      const found = await resolver.resolve(addresses, session, {
        freshAfter,
        signal,
        ...(failoverOf === undefined ? {} : { failoverOf }),
      });
      answers.set(accessKey(access), permittedAnswers(found, context, 'secret'));
    }),
  );
  return (access) => answers.get(accessKey(access)) ?? UNASKED;
}

const UNASKED: Answers = { one: unasked, many: unasked };

function unasked(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'nobody asked this question', 'Please report this.');
}

/** Two accesses of equal content are one; the places in them are part of what was written. */
function accessKey(access: Access): string {
  return JSON.stringify(access);
}
