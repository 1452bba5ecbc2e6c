import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { LatchkeyError } from '../errors.ts';
import { permit } from '../policy/permit.ts';
import type { ClassVolume } from '../request/class-volumes.ts';
import { makePlan } from '../request/make-plan.ts';
import type { Planned } from '../request/plan.ts';
import { skipAtSight } from '../request/skip.ts';
import { bothParts, patched } from './both-parts.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { allowed, refused } from './conclude.ts';
import type { EventWriter } from './events.ts';
import { Freshness } from './freshness.ts';
import { isMirrorPod, skipReason, takeIn, type Intake } from './intake.ts';
import { readGrounds, type Grounds } from './grounds.ts';
import { likenessOf, type Likeness } from './likeness.ts';
import { lookAround, makeCase, type Around, type CaseSources } from './make-case.ts';
import { classesOf, planVolumes, type PodVolumes } from './plan-volumes.ts';
import { completeSecrets, joined, type Completed, type PodAdoption } from './pod-secrets.ts';
import { planDefaults, type PlanConfig } from './plan-defaults.ts';
import { isNonEmpty, isOurFault, problemsOf } from './problems.ts';
import { refusalMessage, type Decision } from './respond.ts';
import { createDecisionMemory } from './remembered.ts';
import type { AdmissionRequest } from './review.ts';
import type { PodReviewer, ReviewContext } from './reviewer.ts';
import { claimedRevision } from './revision.ts';

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
    const { adoption } = options;
    const completed = adoption?.completedOf(intake.pod, reason);
    if (reason !== undefined && completed === undefined) return allowed(reason);
    const around = await lookAround(intake, context, { ...options, freshness });
    const { uses, volumes } = (adoption?.appliesTo(around.namespace) ? completed : undefined) ?? NOTHING;
    const own = async (): Promise<Decision> =>
      reason === undefined || volumes.length > 0
        ? decideOwn({ intake, around, request, context, volumes })
        : allowed(reason);
    if (adoption === undefined || uses.length === 0) return await own();
    // Both at once, so that all problems of a pod are told together.
    const [asked, adopted] = await Promise.all([
      refusalInstead(own),
      completeSecrets({ intake, around, request, context, uses }, adoption, options),
    ]);
    return joined(asked, adopted);
  }

  async function decideOwn(asked: Asked): Promise<Decision> {
    const { intake, around, request } = asked;
    const likeness = likenessOf(intake.namespace, intake.pod);
    const volumes = await findVolumes(asked);
    const classes = volumes === undefined ? {} : { classes: classesOf(volumes) };
    const undecided = { ...asked, likeness, found: volumes, classes };
    if (request.dryRun || !memory.has(likeness)) return decideAnew(undecided);
    const grounds = { ...(await readGrounds(intake, around, options)), ...classes };
    return memory.recall(likeness, grounds, around.freshAfter) ?? decideAnew(undecided);
  }

  async function findVolumes({ intake, around, request, context, volumes }: Asked) {
    const { adoption } = options;
    if (adoption === undefined || around.namespace === undefined || volumes.length === 0) return undefined;
    const { pod, namespace, serviceAccount } = intake;
    const names = volumes.map(({ className }) => className);
    const found = await adoption.findClasses(names, {
      namespace: around.namespace,
      revision: claimedRevision(pod, namespace, serviceAccount, undefined),
      freshAfter: around.freshAfter,
      deadline: context.deadline,
      signal: context.signal,
      dryRun: request.dryRun,
    });
    return { volumes, found };
  }

  async function decideAnew(undecided: Undecided): Promise<Decision> {
    const { intake, around, request, context, likeness, classes } = undecided;
    const planned = makePlan(intake.pod, planDefaults(intake.namespace, around.namespace, options.config));
    // Whoever asks for nothing needs none of it, and need not have a service account.
    const grounds =
      planned.kind === 'plan' || undecided.found !== undefined
        ? { ...(await readGrounds(intake, around, options)), ...classes }
        : undefined;
    const decision = await decideParts(planned, { ...undecided, grounds });
    // What one caller had no time to wait for is no answer for the next.
    const isForOthers = !request.dryRun && !context.signal.aborted;
    if (isForOthers && grounds !== undefined) memory.keep(likeness, grounds, decision);
    return decision;
  }

  async function decideParts(
    planned: Planned,
    undecided: Undecided & { readonly grounds: Grounds | undefined },
  ): Promise<Decision> {
    const { found, grounds, intake } = undecided;
    const first = await decidePlanned(planned, undecided);
    if (found === undefined || grounds === undefined) return first;
    // Of a pod that is refused nothing more is made; what else is wrong with it is still told.
    const pod = first.kind === 'patch' ? await patched(intake.pod, first.operations) : intake.pod;
    const second = await decidePlanned(await planVolumes(pod, found), {
      ...undecided,
      intake: { ...intake, pod },
      checksOnly: first.kind === 'refuse',
    });
    return bothParts(first, second);
  }

  async function decidePlanned(
    planned: Planned,
    { intake, around, request, context, grounds, checksOnly = false }: Deciding,
  ): Promise<Decision> {
    if (planned.kind === 'skip') return allowed(planned.reason);
    if (planned.kind === 'problems') return { kind: 'refuse', problems: planned.problems, warnings: [] };
    if (grounds === undefined) throw new LatchkeyError('LK-INTERNAL', 'nothing was read for this plan');
    const { plan, warnings } = planned;
    const { dryRun } = request;
    const review = makeCase({ intake, plan, around, context, dryRun, grounds }, options, freshness);
    const denied = permit(plan, review.permit);
    if (isNonEmpty(denied)) return refused(review, denied, warnings);
    if (checksOnly) return allowed('not looked at any further', warnings);
    const delivered = await deliver(review, options.deliverers);
    return { ...delivered, warnings: [...warnings, ...delivered.warnings] };
  }

  /** An Event on the workload: the ReplicaSet's own events are a level further down than most people look. */
  function report({ pod, namespace }: Intake, { problems }: Extract<Decision, { kind: 'refuse' }>): void {
    options.events?.warn(pod, { namespace, reason: 'SecretsRefused', message: refusalMessage(problems) });
  }
}

const NOTHING: Completed = { uses: [], volumes: [] };

/** What a user should read is a refusal; only what is our own fault is thrown. */
async function refusalInstead(decide: () => Promise<Decision>): Promise<Decision> {
  try {
    return await decide();
  } catch (error) {
    if (!(error instanceof LatchkeyError) || isOurFault(error)) throw error;
    return { kind: 'refuse', problems: problemsOf(error), warnings: [] };
  }
}

interface Asked {
  readonly intake: Intake;
  readonly around: Around;
  readonly request: AdmissionRequest;
  readonly context: ReviewContext;
  /** CSI volumes to fill; none where definitions are not carried out. */
  readonly volumes: readonly ClassVolume[];
}

interface Undecided extends Asked {
  readonly likeness: Likeness;
  readonly found: PodVolumes | undefined;
  readonly classes: Pick<Grounds, 'classes'>;
}

interface Deciding extends Undecided {
  readonly grounds: Grounds | undefined;
  readonly checksOnly?: boolean;
}

/** Hands a case to the deliverer of its plan. */
export function deliver(review: Case, { secret, plaintext, memory }: Deliverers): Promise<Decision> {
  if (review.session === undefined) return memory(review);
  const resolved = { ...review, session: review.session };
  return review.plan.delivery === 'plaintext' ? plaintext(resolved) : secret(resolved);
}
