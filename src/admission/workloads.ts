import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { describe, LatchkeyError } from '../errors.ts';
import { type Json, recordAt } from '../manifests/objects.ts';
import { INJECTION } from '../names.ts';
import { permit } from '../policy/permit.ts';
import { isOurAnnotation } from '../request/annotation-names.ts';
import { classVolumes } from '../request/class-volumes.ts';
import { makePlan } from '../request/make-plan.ts';
import { ASKS_FOR_NOTHING, optedOut, skipAtSight } from '../request/skip.ts';
import type { Resolver } from '../stores/resolver.ts';
import { allowed, refused } from './conclude.ts';
import { MEMBERS_NOT_SHOWN } from './deliver-secret.ts';
import { takeIn } from './intake.ts';
import type { CaseSources, Planned } from './make-case.ts';
import { narrowPod } from './narrow-pod.ts';
import { planDefaults, type PlanConfig } from './plan-defaults.ts';
import { deliver, type Deliverers } from './pods.ts';
import { isNonEmpty, isOurFault, problemsOf } from './problems.ts';
import type { Decision } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { ReviewContext, Reviewer } from './reviewer.ts';
import { makeWorkloadCase } from './workload-case.ts';
import { readWorkload, type Workload } from './workload-intake.ts';
import { preflight } from './workload-preflight.ts';
import { inTemplate, refusalOf, strayProblem } from './workload-problems.ts';
import { volumeAdvice, type VolumeAdviceOptions } from './workload-volumes.ts';

export interface WorkloadReviewerOptions extends CaseSources {
  readonly config: PlanConfig & Pick<Config, 'identity' | 'dryRunAsksAws'>;
  /** Such as ask no store in a dry run: what they would deliver shows what is wrong with it. */
  readonly deliverers: Deliverers;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Absent unless definitions are carried out. */
  readonly adoption?: VolumeAdviceOptions['adoption'];
}

/**
 * Says at `kubectl apply` of a workload what its pods would be refused for later, in the same words. It is advice: the
 * pods' own review is the gate. Nothing is created, no value is looked at, and nothing is ever patched.
 */
export function createWorkloadReviewer(options: WorkloadReviewerOptions): Reviewer {
  return async (request, context) => {
    const intake = readWorkload(request);
    if (intake.kind === 'pass') return allowed(intake.reason);
    try {
      const decision = await decide(intake.workload, request, context);
      if (decision.kind === 'refuse') return decision;
      const advice = await adviceOf(intake.workload, request, context);
      return { ...decision, warnings: [...decision.warnings, ...advice] };
    } catch (error) {
      if (!(error instanceof LatchkeyError) || isOurFault(error)) throw error;
      return stopped(error, intake.workload);
    }
  };

  async function adviceOf(
    workload: Workload,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<readonly string[]> {
    const { adoption, config } = options;
    if (adoption === undefined || !workload.templateChanged || !mountsVolumes(workload)) return [];
    const asksAws = !request.dryRun || config.dryRunAsksAws;
    const intake = takeIn({ ...request, object: workload.pod });
    return await volumeAdvice(intake, context, { ...options, adoption, asksAws });
  }

  async function decide(
    workload: Workload,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<Decision> {
    const skip = reasonToSkip(workload);
    if (skip !== undefined) return allowed(skip);
    const intake = takeIn({ ...request, object: workload.pod });
    const namespace = await options.surroundings?.namespace(intake.namespace, context.receivedAt);
    const defaults = planDefaults(intake.namespace, namespace, options.config);
    const planned = makePlan(intake.pod, defaults);
    if (planned.kind === 'skip') {
      const unheard = optedOut(intake.pod, defaults) === undefined ? workload : { ...workload, strays: [] };
      return unheardOf(unheard, planned.reason);
    }
    const warnings = workload.strays.map((stray) => describe(strayProblem(stray, workload.template)));
    if (!workload.templateChanged) return allowed('the template did not change', warnings);
    if (planned.kind === 'problems') {
      return { kind: 'refuse', problems: inTemplate(planned.problems, workload.template), warnings };
    }
    const { plan } = planned;
    const around = { freshAfter: context.receivedAt, namespace };
    const asked: Planned = { intake, plan, around, context, dryRun: request.dryRun };
    const decision = await check(workload, asked);
    return { ...decision, warnings: [...warnings, ...planned.warnings, ...decision.warnings] };
  }

  async function check({ template }: Workload, planned: Planned): Promise<Decision> {
    const found = await makeWorkloadCase(planned, options);
    const { review } = found;
    const denied = permit(review.plan, review.permit);
    if (isNonEmpty(denied)) return refused(review, inTemplate(denied, template));
    const delivered = await deliver(review, options.deliverers);
    const warnings = delivered.warnings.filter((warning) => warning !== MEMBERS_NOT_SHOWN);
    if (delivered.kind === 'refuse')
      return { ...delivered, problems: inTemplate(delivered.problems, template) };
    const { resolver, clock, config } = options;
    const asksAws = !planned.dryRun || config.dryRunAsksAws;
    const { deadline } = planned.context;
    const { refusals, unknown } = await preflight(found, { resolver, clock, asksAws, deadline });
    if (review.plan.preflight === 'enforce' && isNonEmpty(refusals)) {
      return refused(review, inTemplate(refusals, template), [...warnings, ...unknown]);
    }
    const { facts = {} } = delivered;
    return { ...allowed('checked', [...warnings, ...refusals.map(describe), ...unknown]), facts };
  }
}

/** A workload that asks for nothing costs nothing, whatever else is wrong with it. */
function reasonToSkip({ pod, strays }: Workload): string | undefined {
  try {
    const reason = skipAtSight(narrowPod(pod));
    return reason === ASKS_FOR_NOTHING && strays.length > 0 ? undefined : reason;
  } catch (error) {
    if (error instanceof LatchkeyError && !mentionsUs(pod)) return 'no pod template';
    throw error;
  }
}

/** What else is wrong with the template was said, or is the API server's to say. */
function mountsVolumes({ pod }: Workload): boolean {
  try {
    return classVolumes(narrowPod(pod)).length > 0;
  } catch (error) {
    if (error instanceof LatchkeyError) return false;
    throw error;
  }
}

function mentionsUs(pod: Json): boolean {
  return Object.keys(recordAt(recordAt(pod, 'metadata'), 'annotations')).some(isOurAnnotation);
}

/** Nothing will be injected: whoever wrote annotations on the workload means otherwise, but for the one that says so. */
function unheardOf({ strays, template }: Workload, reason: string): Decision {
  const problems = strays
    .filter(({ key }) => key !== INJECTION)
    .map((stray) => strayProblem(stray, template));
  return isNonEmpty(problems) ? { kind: 'refuse', problems, warnings: [] } : allowed(reason);
}

/** What keeps a workload from being checked is no reason to refuse it. */
function stopped(error: LatchkeyError, { template }: Workload): Decision {
  const problems = refusalOf(error, template);
  if (problems !== undefined) return { kind: 'refuse', problems, warnings: [] };
  return allowed('could not be checked', problemsOf(error, 'preflight').map(describe));
}
