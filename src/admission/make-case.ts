import type { Config } from '../config/config.ts';
import { readStatus } from '../delivery/status.ts';
import { fillsVolumes } from '../delivery/volumes.ts';
import { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { SessionRequest } from '../identity/pod-sessions.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { ROLE_ARN_ANNOTATION } from '../names.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import { readVolumesAnnotation } from '../request/class-volumes.ts';
import { planHash } from '../request/plan-hash.ts';
import { asksOnlySealed } from '../request/sealed-checks.ts';
import type { Plan } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import type { Case } from './case.ts';
import type { Freshness } from './freshness.ts';
import type { Grounds, GroundSources } from './grounds.ts';
import type { Intake } from './intake.ts';
import type { ReviewContext } from './reviewer.ts';
import { claimedRevision, revisionOf, type Revision } from './revision.ts';
import { sealedSession } from './sessions-without-aws.ts';
import type { Surroundings } from './surroundings.ts';

export interface CaseSources extends GroundSources {
  readonly config: Pick<Config, 'identity'>;
  /** Whose credentials read for `secret` and `plaintext`. Throws LatchkeyError LK-NO-ROLE and the like. */
  readonly sessionFor: (request: SessionRequest) => Session;
}

/** What is known of a review once its namespace has been read. */
export interface Around {
  readonly freshAfter: number;
  readonly namespace: ObjectMeta | undefined;
}

export interface Planned {
  readonly intake: Intake;
  readonly plan: Plan;
  readonly around: Around;
  readonly context: ReviewContext;
  readonly dryRun: boolean;
}

/** Decides how fresh answers to this review must be, and reads its namespace that fresh. */
export async function lookAround(
  { pod, namespace, serviceAccount }: Intake,
  { receivedAt }: ReviewContext,
  { surroundings, freshness }: { readonly surroundings?: Surroundings; readonly freshness: Freshness },
): Promise<Around> {
  const nonce =
    readStatus(pod.metadata.annotations)?.nonce ?? readVolumesAnnotation(pod.metadata.annotations).nonce;
  const freshAfter = freshness.after(claimedRevision(pod, namespace, serviceAccount, nonce), receivedAt);
  return { freshAfter, namespace: await surroundings?.namespace(namespace, freshAfter) };
}

/**
 * Settles the rest of what a plan needs: the revision, the session that will read, and what the policy looks at.
 * @throws LatchkeyError LK-NO-ROLE, LK-POLICY, LK-CONFIG
 */
export function makeCase(
  planned: Planned & { readonly grounds: Grounds },
  sources: CaseSources,
  freshness: Freshness,
): Case {
  const { intake, plan, around, context, dryRun } = planned;
  const { pod, namespace, serviceAccount: serviceAccountName } = intake;
  const { serviceAccount, owner, policy } = planned.grounds;
  const session = plan.delivery === 'memory' ? undefined : openSession(intake, serviceAccount, plan, sources);
  const revision = revisionOf(pod, owner, nonceOf(pod, plan));
  rememberNonce(intake, revision, { freshness, receivedAt: context.receivedAt });
  return {
    pod,
    plan,
    planHash: planHash(plan),
    namespace,
    serviceAccountName,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(session === undefined ? {} : { session }),
    revision,
    freshAfter: around.freshAfter,
    signal: context.signal,
    dryRun,
    permit: permitContext(planned, { serviceAccount, session, policy, identity: sources.config.identity }),
  };
}

/** What an earlier round of this review chose; each managed Secret of a pod has its own. */
function nonceOf({ metadata: { annotations } }: Pod, plan: Plan): string | undefined {
  return fillsVolumes(plan) ? readVolumesAnnotation(annotations).nonce : readStatus(annotations)?.nonce;
}

/** Who asks, and what limits it. */
export interface Asker {
  readonly serviceAccount: ObjectMeta | undefined;
  readonly session: Session | undefined;
  readonly policy: Policy | UnreadablePolicy | undefined;
  readonly identity: PermitContext['identity'];
}

export function permitContext({ intake, plan, around }: Planned, asker: Asker): PermitContext {
  const { serviceAccount, session, policy, identity } = asker;
  return {
    namespace: intake.namespace,
    namespaceLabels: around.namespace?.labels ?? {},
    namespaceAnnotations: around.namespace?.annotations ?? {},
    serviceAccount: intake.serviceAccount,
    serviceAccountAnnotations: serviceAccount?.annotations ?? {},
    identity,
    ...rolesOf(session, serviceAccount, plan),
    ...(policy === undefined ? {} : { policy }),
  };
}

/** The second round of this review must find what the first one fetched. */
function rememberNonce(
  { pod, namespace, serviceAccount }: Intake,
  revision: Revision,
  { freshness, receivedAt }: { readonly freshness: Freshness; readonly receivedAt: number },
): void {
  if (revision.nonce !== true) return;
  freshness.after(claimedRevision(pod, namespace, serviceAccount, revision.id), receivedAt);
}

/** @throws LatchkeyError LK-NO-ROLE, LK-POLICY, LK-SYNTAX, LK-CONFIG */
export function openSession(
  intake: Intake,
  serviceAccount: ObjectMeta | undefined,
  plan: Plan,
  sources: CaseSources,
): Session {
  if (serviceAccount === undefined) {
    throw new LatchkeyError(
      'LK-CONFIG',
      `delivery ${plan.delivery} needs the API server, and Latchkey was started with --no-kubernetes`,
      'Use delivery memory, or start Latchkey with a cluster.',
    );
  }
  const sessionFor = asksOnlySealed(plan) ? sealedSession : sources.sessionFor;
  return sessionFor({
    namespace: intake.namespace,
    serviceAccount,
    ...(plan.assumeRoleArn === undefined ? {} : { assumeRoleArn: plan.assumeRoleArn }),
    ...(plan.externalId === undefined ? {} : { externalId: plan.externalId }),
  });
}

/** For the policy: the roles that are assumed, by the webhook or in the pod. */
function rolesOf(
  session: Session | undefined,
  serviceAccount: ObjectMeta | undefined,
  plan: Plan,
): Pick<PermitContext, 'roleChain' | 'ownRole' | 'audience'> {
  if (session !== undefined) {
    const { kind, roleChain, audience } = session.identity;
    const [ownRole] = plan.assumeRoleArn === undefined ? roleChain : roleChain.slice(0, -1);
    return {
      roleChain,
      ...(kind === 'controller' && ownRole !== undefined ? { ownRole } : {}),
      ...(audience === '' ? {} : { audience }),
    };
  }
  // Which role EKS Pod Identity gives is known to EKS alone.
  const own = plan.credentials === 'pod-identity' ? '' : serviceAccount?.annotations[ROLE_ARN_ANNOTATION];
  const roles = [own ?? '', plan.assumeRoleArn ?? ''];
  return { roleChain: roles.filter((role) => role !== '') };
}
