import type { Code } from '../errors.ts';
import type { Deliverer } from './case.ts';
import { refused } from './conclude.ts';

/** Stands where a delivery is switched off: every pod that asks for it is refused by this reason. */
export function refusing(code: Code, message: string, remedy: string): Deliverer {
  const field = 'metadata.annotations[latchkey.dev/delivery]';
  return async (review) =>
    refused(review, [{ code, place: `delivery ${review.plan.delivery}`, field, message, remedy }]);
}
