import { deliverPlaintext } from '../delivery/plaintext.ts';
import { evaluate } from '../request/evaluate.ts';
import { SecretValue } from '../secret-value.ts';
import type { Resolver } from '../stores/resolver.ts';
import { askStores } from './ask-stores.ts';
import type { Deliverer, ResolvedCase } from './case.ts';
import { concluded, refused } from './conclude.ts';
import { existenceOf } from './existence.ts';
import { isNonEmpty } from './problems.ts';

export interface PlaintextDelivererOptions {
  readonly resolver: Resolver;
  readonly dryRunAsksAws: boolean;
}

/** Stands where a value would, in a dry run: no value leaves without an object being written. */
const DRY_RUN_VALUE = 'latchkey-dry-run';

/** `plaintext`: the values go into the pod spec itself, so a dry run shows a stand-in and no sibling is looked for. */
export function createPlaintextDeliverer(options: PlaintextDelivererOptions): Deliverer<ResolvedCase> {
  const { resolver, dryRunAsksAws } = options;
  return async (review) => {
    const { pod, plan, planHash } = review;
    const status = { version: 1, plan: planHash, delivery: 'plaintext' } as const;
    if (review.dryRun) {
      const answers = dryRunAsksAws ? await askStores(review, resolver) : undefined;
      const { slots, problems } = existenceOf(plan, answers);
      if (isNonEmpty(problems)) return refused(review, problems);
      const filled = slots.map((slot) => ({ slot, value: new SecretValue(DRY_RUN_VALUE) }));
      return concluded(review, deliverPlaintext(pod, plan, { filled, status }), {});
    }
    const { filled, problems, warnings } = evaluate(plan, await askStores(review, resolver));
    if (isNonEmpty(problems)) return refused(review, problems, warnings);
    return concluded(review, deliverPlaintext(pod, plan, { filled, status }), { warnings });
  };
}
