import type { Config } from '../config/config.ts';
import { describe, LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { permit } from '../policy/permit.ts';
import { makePlan } from '../request/make-plan.ts';
import type { Planned } from '../request/plan.ts';
import { skipAtSight } from '../request/skip.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { refused } from './conclude.ts';
import type { EventWriter } from './events.ts';
import { Freshness } from './freshness.ts';
import { skipReason, takeIn, type Intake } from './intake.ts';
import { lookAround, makeCase, type CaseSources } from './make-case.ts';
import { isNonEmpty, problemsOf } from './problems.ts';
import type { Decision } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { PodReviewer, ReviewContext } from './reviewer.ts';

export interface PodReviewerOptions extends CaseSources {
  readonly config: Pick<Config, 'defaultDelivery' | 'region' | 'skipContainers' | 'identity'>;
  readonly events?: EventWriter;
  readonly deliverers: Deliverers;
}

export interface Deliverers {
  readonly secret: Deliverer<ResolvedCase>;
  readonly plaintext: Deliverer<ResolvedCase>;
  readonly memory: Deliverer;
}

/** The core: review → plan → policy → values → patch. Each step is a file of its own; this is their order. */
export function createPodReviewer(options: PodReviewerOptions): PodReviewer {
  const freshness = new Freshness();

  return async (request, context) => {
    const skip = skipReason(request);
    if (skip !== undefined) return allowed(skip);
    let intake: Intake | undefined;
    let decision: Decision;
    try {
      intake = takeIn(request);
      decision = await decide(intake, request, context);
    } catch (error) {
      if (!(error instanceof LatchkeyError) || isOurFault(error)) throw error;
      decision = { kind: 'refuse', problems: problemsOf(error), warnings: [] };
    }
    if (decision.kind === 'refuse' && intake !== undefined && !request.dryRun) report(intake, decision);
    return decision;
  };

  async function decide(
    intake: Intake,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<Decision> {
    // A pod that asks for nothing costs nothing: not even a look at its namespace.
    const reason = skipAtSight(intake.pod);
    if (reason !== undefined) return allowed(reason);
    const around = await lookAround(intake, context, { ...options, freshness });
    const planned = planOf(intake, around.namespace);
    if (planned.kind === 'skip') return allowed(planned.reason);
    if (planned.kind === 'problems') return { kind: 'refuse', problems: planned.problems, warnings: [] };
    const { plan, warnings } = planned;
    const review = await makeCase(
      { intake, plan, around, context, dryRun: request.dryRun },
      options,
      freshness,
    );
    const denied = permit(plan, review.permit);
    if (isNonEmpty(denied)) return refused(review, denied, warnings);
    const decision = await deliver(review);
    return { ...decision, warnings: [...warnings, ...decision.warnings] };
  }

  function deliver(review: Case): Promise<Decision> {
    const { secret, plaintext, memory } = options.deliverers;
    if (review.session === undefined) return memory(review);
    const resolved = { ...review, session: review.session };
    return review.plan.delivery === 'plaintext' ? plaintext(resolved) : secret(resolved);
  }

  function planOf(intake: Intake, namespace: ObjectMeta | undefined): Planned {
    const { defaultDelivery, region, skipContainers } = options.config;
    return makePlan(intake.pod, {
      namespace: intake.namespace,
      namespaceAnnotations: namespace?.annotations ?? {},
      namespaceLabels: namespace?.labels ?? {},
      delivery: defaultDelivery,
      skipContainers,
      ...(region === undefined ? {} : { region }),
    });
  }

  /** An Event beside the workload: the ReplicaSet's own events are a level further down than most people look. */
  function report({ pod, namespace }: Intake, decision: Extract<Decision, { kind: 'refuse' }>): void {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return;
    options.events?.write({
      namespace,
      type: 'Warning',
      reason: 'SecretsRefused',
      message: decision.problems.map(describe).join(' '),
      regarding: { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid },
    });
  }
}

/** What answers 503 or 500, so that the registration's failurePolicy decides: it is not the pod that is wrong. */
function isOurFault(error: LatchkeyError): boolean {
  return error.code === 'LK-OVERLOADED' || error.code === 'LK-INTERNAL';
}

function allowed(reason: string): Decision {
  return { kind: 'allow', reason, warnings: [] };
}
