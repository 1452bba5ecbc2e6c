import type { Problem } from '../errors.ts';
import type { Plan } from '../request/plan.ts';
import { inPlaceText } from './in-place-text.ts';
import type { Operation } from './operations.ts';
import { IN_PLACE_ANNOTATION, STATUS_ANNOTATION, statusText } from './status.ts';
import type { Status } from './status.ts';

/** What a delivery makes of a pod: operations that apply in order to exactly the pod that was given. */
export interface Delivered {
  /** Empty when there are problems, and when the pod already carries everything. */
  readonly operations: readonly Operation[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** The annotations that every delivery leaves on the pod. */
export function deliveryAnnotations(plan: Plan, status: Status): ReadonlyMap<string, string | undefined> {
  return new Map([
    [STATUS_ANNOTATION, statusText(status)],
    [IN_PLACE_ANNOTATION, inPlaceText(plan.inPlace)],
  ]);
}
