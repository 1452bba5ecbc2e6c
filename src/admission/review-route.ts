import type { Problem } from '../errors.ts';
import { allowed } from './conclude.ts';
import type { Decision } from './respond.ts';
import { passedPod, passedWorkload, type AdmissionRequest } from './review.ts';
import type { Reviewer } from './reviewer.ts';

/** What is reviewed at one path of the webhook. The rest (places, deadline, log, metrics) is the same for all. */
export interface ReviewRoute {
  readonly subject: 'pod' | 'workload';
  /** Why a request is none of the reviewer's business. */
  readonly reasonToPass: (request: AdmissionRequest) => string | undefined;
  readonly review: Reviewer;
  /** The decision where the reviewer has none in time. `budget`: how long it had, for people. */
  readonly outOfTime: (budget: string) => Decision;
}

export function podRoute(review: Reviewer): ReviewRoute {
  return { subject: 'pod', reasonToPass: passedPod, review, outOfTime: refusedForTime };
}

export function workloadRoute(review: Reviewer): ReviewRoute {
  return { subject: 'workload', reasonToPass: passedWorkload, review, outOfTime: uncheckedForTime };
}

/** A refusal and no 500: where the registration's failurePolicy is Ignore, that would let the pod in without its secrets. */
function refusedForTime(budget: string): Decision {
  const problem: Problem = {
    code: 'LK-TIMEOUT',
    place: 'pod',
    field: 'metadata.annotations',
    message: `the review was not finished within ${budget}`,
    remedy: "See Latchkey's log and metrics for what is slow.",
  };
  return { kind: 'refuse', problems: [problem], warnings: [] };
}

/** Advice that comes too late is none: the pods' own reviews are the gate. */
function uncheckedForTime(budget: string): Decision {
  return allowed('out of time', [`the workload was not checked: that was not finished within ${budget}`]);
}
