import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { LatchkeyError } from '../errors.ts';
import { permit } from '../policy/permit.ts';
import { makePlan } from '../request/make-plan.ts';
import { skipAtSight } from '../request/skip.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { allowed, refused } from './conclude.ts';
import type { EventWriter } from './events.ts';
import { Freshness } from './freshness.ts';
import { isMirrorPod, skipReason, takeIn, type Intake } from './intake.ts';
import { readGrounds } from './grounds.ts';
import { likenessOf, type Likeness } from './likeness.ts';
import { lookAround, makeCase, type Around, type CaseSources } from './make-case.ts';
import { completeSecrets, joined, type PodAdoption } from './pod-secrets.ts';
import { planDefaults, type PlanConfig } from './plan-defaults.ts';
import { isNonEmpty, isOurFault, problemsOf } from './problems.ts';
import { refusalMessage, type Decision } from './respond.ts';
import { createDecisionMemory } from './remembered.ts';
import type { AdmissionRequest } from './review.ts';
import type { PodReviewer, ReviewContext } from './reviewer.ts';

export interface PodReviewerOptions extends CaseSources {
  readonly config: PlanConfig & Pick<Config, 'identity' | 'cacheTtlMs'>;
  readonly clock: Clock;
  readonly events?: EventWriter;
  readonly deliverers: Deliverers;
  /** Absent unless definitions are carried out. */
  readonly adoption?: PodAdoption;
}

export interface Deliverers {
  readonly secret: Deliverer<ResolvedCase>;
  readonly plaintext: Deliverer<ResolvedCase>;
  readonly memory: Deliverer;
}

/** The core: review → plan → policy → values → patch. Each step is a file of its own; this is their order. */
export function createPodReviewer(options: PodReviewerOptions): PodReviewer {
  const freshness = new Freshness();
  const memory = createDecisionMemory({ clock: options.clock, ttlMs: options.config.cacheTtlMs });

  return async (request, context) => {
    const skip = skipReason(request);
    if (skip !== undefined) return allowed(skip);
    let intake: Intake | undefined;
    const decision = await refusalInstead(async () => {
      intake = takeIn(request);
      return await decide(intake, request, context);
    });
    if (decision.kind === 'refuse' && intake !== undefined && !request.dryRun) report(intake, decision);
    return decision;
  };

  async function decide(
    intake: Intake,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<Decision> {
    // A pod that asks for nothing and refers to nothing costs nothing: not even a look at its namespace.
    const reason = isMirrorPod(request, intake.pod) ? 'a mirror pod' : skipAtSight(intake.pod);
    const uses = options.adoption?.usesOf(intake.pod, reason) ?? [];
    if (reason !== undefined && uses.length === 0) return allowed(reason);
    const around = await lookAround(intake, context, { ...options, freshness });
    const own = async (): Promise<Decision> =>
      reason === undefined ? decideOwn(intake, around, request, context) : allowed(reason);
    if (options.adoption?.appliesTo(around.namespace) !== true || uses.length === 0) return await own();
    // Both at once, so that all problems of a pod are told together.
    const [asked, adopted] = await Promise.all([
      refusalInstead(own),
      completeSecrets({ intake, around, request, context, uses }, options.adoption, options),
    ]);
    return joined(asked, adopted);
  }

  async function decideOwn(
    intake: Intake,
    around: Around,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<Decision> {
    const likeness = likenessOf(intake.namespace, intake.pod);
    const undecided = { intake, around, request, context, likeness };
    if (request.dryRun || !memory.has(likeness)) return decideAnew(undecided);
    const grounds = await readGrounds(intake, around, options);
    return memory.recall(likeness, grounds, around.freshAfter) ?? decideAnew(undecided);
  }

  async function decideAnew({ intake, around, request, context, likeness }: Undecided): Promise<Decision> {
    const planned = makePlan(intake.pod, planDefaults(intake.namespace, around.namespace, options.config));
    if (planned.kind === 'skip') return allowed(planned.reason);
    if (planned.kind === 'problems') return { kind: 'refuse', problems: planned.problems, warnings: [] };
    const { plan, warnings } = planned;
    const grounds = await readGrounds(intake, around, options);
    const { dryRun } = request;
    const review = makeCase({ intake, plan, around, context, dryRun, grounds }, options, freshness);
    const denied = permit(plan, review.permit);
    if (isNonEmpty(denied)) return refused(review, denied, warnings);
    const delivered = await deliver(review, options.deliverers);
    const decision = { ...delivered, warnings: [...warnings, ...delivered.warnings] };
    // What one caller had no time to wait for is no answer for the next.
    if (!dryRun && !context.signal.aborted) memory.keep(likeness, grounds, decision);
    return decision;
  }

  /** An Event on the workload: the ReplicaSet's own events are a level further down than most people look. */
  function report({ pod, namespace }: Intake, { problems }: Extract<Decision, { kind: 'refuse' }>): void {
    options.events?.warn(pod, { namespace, reason: 'SecretsRefused', message: refusalMessage(problems) });
  }
}

/** What a user should read is a refusal; only what is our own fault is thrown. */
async function refusalInstead(decide: () => Promise<Decision>): Promise<Decision> {
  try {
    return await decide();
  } catch (error) {
    if (!(error instanceof LatchkeyError) || isOurFault(error)) throw error;
    return { kind: 'refuse', problems: problemsOf(error), warnings: [] };
  }
}

interface Undecided {
  readonly intake: Intake;
  readonly around: Around;
  readonly request: AdmissionRequest;
  readonly context: ReviewContext;
  readonly likeness: Likeness;
}

/** Hands a case to the deliverer of its plan. */
export function deliver(review: Case, { secret, plaintext, memory }: Deliverers): Promise<Decision> {
  if (review.session === undefined) return memory(review);
  const resolved = { ...review, session: review.session };
  return review.plan.delivery === 'plaintext' ? plaintext(resolved) : secret(resolved);
}
