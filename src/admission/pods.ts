import type { Config } from '../config/config.ts';
import { readStatus } from '../delivery/status.ts';
import { describe, LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { SessionRequest } from '../identity/pod-sessions.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { INJECTION, ROLE_ARN_ANNOTATION } from '../names.ts';
import { permit } from '../policy/permit.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import { makePlan } from '../request/make-plan.ts';
import { planHash } from '../request/plan-hash.ts';
import type { Plan, Planned } from '../request/plan.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { refused } from './conclude.ts';
import type { EventWriter } from './events.ts';
import { Freshness } from './freshness.ts';
import { skipReason, takeIn, type Intake } from './intake.ts';
import { isNonEmpty, problemsOf } from './problems.ts';
import type { Decision } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { PodReviewer, ReviewContext } from './reviewer.ts';
import { claimedRevision, revisionOf } from './revision.ts';
import type { Surroundings } from './surroundings.ts';

export interface PodReviewerOptions {
  readonly config: Pick<Config, 'defaultDelivery' | 'region' | 'skipContainers' | 'identity'>;
  /** Absent with --no-kubernetes. */
  readonly surroundings?: Surroundings;
  readonly events?: EventWriter;
  readonly policy: () => Promise<Policy | UnreadablePolicy | undefined>;
  /** Whose credentials read for `secret` and `plaintext`. Throws LatchkeyError LK-NO-ROLE and the like. */
  readonly sessionFor: (request: SessionRequest) => Session;
  readonly deliverers: Deliverers;
}

export interface Deliverers {
  readonly secret: Deliverer<ResolvedCase>;
  readonly plaintext: Deliverer<ResolvedCase>;
  readonly memory: Deliverer;
}

/** What surrounds an intake, read as fresh as its revision needs it. */
interface Around {
  readonly freshAfter: number;
  readonly namespace: ObjectMeta | undefined;
}

/** The core: review → plan → policy → values → patch. Each step is a file of its own; this is their order. */
export function createPodReviewer(options: PodReviewerOptions): PodReviewer {
  const freshness = new Freshness();

  return async (request, context) => {
    const skip = skipReason(request);
    if (skip !== undefined) return allowed(skip);
    let intake: Intake | undefined;
    try {
      intake = takeIn(request);
      const decision = await decide(intake, request, context);
      if (decision.kind === 'refuse' && !request.dryRun) report(intake, decision);
      return decision;
    } catch (error) {
      if (!(error instanceof LatchkeyError) || error.code === 'LK-OVERLOADED' || error.code === 'LK-INTERNAL')
        throw error;
      const decision: Decision = { kind: 'refuse', problems: problemsOf(error), warnings: [] };
      if (intake !== undefined && !request.dryRun) report(intake, decision);
      return decision;
    }
  };

  async function decide(
    intake: Intake,
    request: AdmissionRequest,
    context: ReviewContext,
  ): Promise<Decision> {
    // A pod that asks for nothing costs nothing: not even a look at its namespace.
    const first = plan(intake, undefined);
    if (first.kind === 'skip') return allowed(first.reason);
    const around = await lookAround(intake, context);
    if (around.namespace?.labels[INJECTION] === 'disabled')
      return allowed('injection disabled in the namespace');
    const planned = plan(intake, around.namespace);
    if (planned.kind === 'skip') return allowed(planned.reason);
    if (planned.kind === 'problems') return { kind: 'refuse', problems: planned.problems, warnings: [] };
    const review = await caseOf({ intake, request, context, around, planned });
    const denied = permit(review.plan, review.permit);
    if (isNonEmpty(denied)) return refused(review, denied, planned.warnings);
    const decision = await deliver(review);
    return { ...decision, warnings: [...planned.warnings, ...decision.warnings] };
  }

  function deliver(review: Case): Promise<Decision> {
    const { secret, plaintext, memory } = options.deliverers;
    if (review.session === undefined) return memory(review);
    const resolved = { ...review, session: review.session };
    return review.plan.delivery === 'plaintext' ? plaintext(resolved) : secret(resolved);
  }

  function plan(intake: Intake, namespace: ObjectMeta | undefined): Planned {
    const { defaultDelivery, region, skipContainers } = options.config;
    return makePlan(intake.pod, {
      namespace: intake.namespace,
      namespaceAnnotations: namespace?.annotations ?? {},
      delivery: defaultDelivery,
      skipContainers,
      ...(region === undefined ? {} : { region }),
    });
  }

  async function lookAround(intake: Intake, { receivedAt }: ReviewContext): Promise<Around> {
    const { pod, namespace, serviceAccount } = intake;
    const nonce = readStatus(pod.metadata.annotations)?.nonce;
    const claimed = claimedRevision(pod, namespace, serviceAccount, nonce);
    const freshAfter = freshness.after(claimed, receivedAt);
    const found = await options.surroundings?.namespace(namespace, freshAfter);
    return { freshAfter, namespace: found };
  }

  async function caseOf({ intake, request, context, around, planned }: Planning): Promise<Case> {
    const { pod, namespace, serviceAccount: serviceAccountName } = intake;
    const { freshAfter } = around;
    const [serviceAccount, owner, policy] = await Promise.all([
      options.surroundings?.serviceAccount(namespace, serviceAccountName, freshAfter),
      options.surroundings?.owner(namespace, pod, freshAfter),
      options.policy(),
    ]);
    const session = sessionOf(intake, serviceAccount, planned.plan);
    const revision = revisionOf(pod, owner, readStatus(pod.metadata.annotations)?.nonce);
    if (revision.nonce === true) {
      // The second round of this review must find what the first one fetched.
      freshness.after(claimedRevision(pod, namespace, serviceAccountName, revision.id), context.receivedAt);
    }
    return {
      pod,
      plan: planned.plan,
      planHash: planHash(planned.plan),
      namespace,
      serviceAccountName,
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      ...(session === undefined ? {} : { session }),
      revision,
      freshAfter,
      signal: context.signal,
      dryRun: request.dryRun,
      permit: {
        namespace,
        namespaceLabels: around.namespace?.labels ?? {},
        namespaceAnnotations: around.namespace?.annotations ?? {},
        serviceAccount: serviceAccountName,
        serviceAccountAnnotations: serviceAccount?.annotations ?? {},
        identity: options.config.identity,
        ...rolesOf(session, serviceAccount, planned.plan),
        ...(policy === undefined ? {} : { policy }),
      },
    };
  }

  function sessionOf(
    intake: Intake,
    serviceAccount: ObjectMeta | undefined,
    plan: Plan,
  ): Session | undefined {
    if (plan.delivery === 'memory') return undefined;
    if (serviceAccount === undefined) {
      throw new LatchkeyError(
        'LK-CONFIG',
        `delivery ${plan.delivery} needs the API server, and the webhook was started with --no-kubernetes`,
        'Use delivery memory, or start the webhook with access to a cluster.',
      );
    }
    return options.sessionFor({
      namespace: intake.namespace,
      serviceAccount,
      ...(plan.assumeRoleArn === undefined ? {} : { assumeRoleArn: plan.assumeRoleArn }),
      ...(plan.externalId === undefined ? {} : { externalId: plan.externalId }),
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

interface Planning {
  readonly intake: Intake;
  readonly request: AdmissionRequest;
  readonly context: ReviewContext;
  readonly around: Around;
  readonly planned: Extract<Planned, { kind: 'plan' }>;
}

/** For the policy: the roles that are assumed, by the webhook or in the pod. */
function rolesOf(
  session: Session | undefined,
  serviceAccount: ObjectMeta | undefined,
  plan: Plan,
): Pick<PermitContext, 'roleChain' | 'audience'> {
  if (session !== undefined) {
    const { roleChain, audience } = session.identity;
    return { roleChain, ...(audience === '' ? {} : { audience }) };
  }
  const own = serviceAccount?.annotations[ROLE_ARN_ANNOTATION];
  return {
    roleChain: [own, plan.assumeRoleArn].filter((role) => role !== undefined && role !== '') as string[],
  };
}

function allowed(reason: string): Decision {
  return { kind: 'allow', reason, warnings: [] };
}
