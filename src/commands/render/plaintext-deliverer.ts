import { askStores } from '../../admission/ask-stores.ts';
import type { Deliverer, ResolvedCase } from '../../admission/case.ts';
import { concluded } from '../../admission/conclude.ts';
import { createPlaintextDeliverer } from '../../admission/deliver-plaintext.ts';
import { existenceOf } from '../../admission/existence.ts';
import { deliverPlaintext } from '../../delivery/plaintext.ts';
import { evaluate } from '../../request/evaluate.ts';
import type { Slot } from '../../request/plan.ts';
import { dataKey } from '../../request/slot.ts';
import { SecretValue } from '../../secret-value.ts';
import type { Resolver } from '../../stores/resolver.ts';
import { REDACTED, referenceTexts } from './shown-values.ts';

/**
 * `plaintext` for people to look at. The server's own deliverer decides; unless values are to be shown, its patch is made
 * again with a stand-in in each place, so that no value is ever in what is printed.
 */
export function createShownPlaintext(resolver: Resolver, showValues: boolean): Deliverer<ResolvedCase> {
  const real = createPlaintextDeliverer({ resolver, dryRunAsksAws: false });
  return async (review) => {
    const decision = await real(review);
    if (decision.kind === 'refuse' || (showValues && !review.dryRun)) return decision;
    const { slots, textOf } = review.dryRun ? unresolved(review) : await redacted(review, resolver);
    const filled = slots.map((slot) => ({ slot, value: new SecretValue(textOf(slot)) }));
    const status = { version: 1, plan: review.planHash, delivery: 'plaintext' } as const;
    const shown = concluded(review, deliverPlaintext(review.pod, review.plan, { filled, status }), {});
    return { ...shown, warnings: decision.warnings };
  };
}

interface Shown {
  readonly slots: readonly Slot[];
  readonly textOf: (slot: Slot) => string;
}

function unresolved({ plan }: ResolvedCase): Shown {
  const texts = referenceTexts(plan);
  return {
    slots: existenceOf(plan, undefined).slots,
    textOf: (slot) => texts.get(dataKey(slot)) ?? REDACTED,
  };
}

async function redacted(review: ResolvedCase, resolver: Resolver): Promise<Shown> {
  const { filled } = evaluate(review.plan, await askStores(review, resolver));
  return { slots: filled.map(({ slot }) => slot), textOf: () => REDACTED };
}
