import { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { planHash } from '../request/plan-hash.ts';
import type { Case } from './case.ts';
import { openSession, permitContext, type CaseSources, type Planned } from './make-case.ts';
import { storeFileSession } from './sessions-without-aws.ts';

/** A pod that a workload will make, as a case of its own. */
export interface WorkloadCase {
  /** Always a dry run: what is delivered for it shows only what would be wrong. */
  readonly review: Case;
  /** Why nobody can be asked as this workload's service account. */
  readonly unasked?: LatchkeyError;
}

/**
 * Reads what a pod's case needs, without the pod's controller, which is not there yet. What is missing or wrong around the
 * workload (its service account, the role there) is noted rather than thrown: it may be applied next.
 *
 * @throws LatchkeyError LK-POLICY, LK-CONFIG, LK-KUBERNETES
 */
export async function makeWorkloadCase(planned: Planned, sources: CaseSources): Promise<WorkloadCase> {
  const { intake, plan, around, context } = planned;
  const [account, policy] = await Promise.all([readAccount(planned, sources), sources.policy()]);
  const reader = openReader(planned, account, sources);
  const unasked = [account, reader].find((one) => one instanceof LatchkeyError);
  const serviceAccount = account instanceof LatchkeyError ? undefined : account;
  const session = reader instanceof LatchkeyError ? undefined : reader;
  const shown = plan.delivery === 'memory' ? undefined : (session ?? standIn(planned));
  const review: Case = {
    pod: intake.pod,
    plan,
    planHash: planHash(plan),
    namespace: intake.namespace,
    serviceAccountName: intake.serviceAccount,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(shown === undefined ? {} : { session: shown }),
    revision: { id: 'preflight', ownerName: 'preflight' },
    freshAfter: around.freshAfter,
    signal: context.signal,
    dryRun: true,
    permit: permitContext(planned, { serviceAccount, session, policy, identity: sources.config.identity }),
  };
  return { review, ...(unasked === undefined ? {} : { unasked }) };
}

async function readAccount(
  { intake, around }: Planned,
  { surroundings }: CaseSources,
): Promise<ObjectMeta | LatchkeyError | undefined> {
  try {
    return await surroundings?.serviceAccount(intake.namespace, intake.serviceAccount, around.freshAfter);
  } catch (error) {
    if (error instanceof LatchkeyError && error.code === 'LK-NO-SERVICE-ACCOUNT') return error;
    throw error;
  }
}

function openReader(
  { intake, plan }: Planned,
  account: ObjectMeta | LatchkeyError | undefined,
  sources: CaseSources,
): Session | LatchkeyError | undefined {
  if (plan.delivery === 'memory' || account instanceof LatchkeyError) return undefined;
  try {
    return openSession(intake, account, plan, sources);
  } catch (error) {
    const isAround =
      error instanceof LatchkeyError && error.code !== 'LK-POLICY' && error.code !== 'LK-CONFIG';
    if (isAround) return error;
    throw error;
  }
}

/** Never used: its identity goes into the name of a Secret that nobody creates. */
function standIn({ intake: { namespace, serviceAccount } }: Planned): Session {
  return storeFileSession({
    namespace,
    serviceAccount: { name: serviceAccount, uid: '', labels: {}, annotations: {} },
  });
}
