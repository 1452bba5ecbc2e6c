import type { Session } from '../identity/identity.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import type { Plan } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import type { Revision } from './revision.ts';
import type { Decision } from './respond.ts';

/** One review on its way: what is asked, by whom, and how fresh the answer must be. */
export interface Case {
  readonly pod: Pod;
  readonly plan: Plan;
  readonly planHash: string;
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** Absent only with --no-kubernetes. */
  readonly serviceAccount?: ObjectMeta;
  /** Who reads for the pod; absent for `memory`, where the pod reads for itself. */
  readonly session?: Session;
  readonly revision: Revision;
  /** Nothing fetched before this moment (clock.now, ms) serves this review. */
  readonly freshAfter: number;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
  readonly permit: PermitContext;
}

/** A case whose values the webhook reads itself. */
export type ResolvedCase = Case & { readonly session: Session };

/** One way to hand values over: a case to a decision. */
export type Deliverer<C extends Case = Case> = (review: C) => Promise<Decision>;
