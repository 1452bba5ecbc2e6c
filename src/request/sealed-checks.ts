import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Plan } from './plan.ts';
import type { Problems } from './problems.ts';
import { problemAt } from './problems.ts';
import { placedSources } from './placed-sources.ts';

/** Whether everything that a plan asks for is sealed in the pod itself: then nobody needs a role. */
export function asksOnlySealed(plan: Pick<Plan, 'items' | 'bulks'>): boolean {
  return placedSources(plan).every(({ source }) => source.address.store === 'sealed');
}

/** Reports sealed values where the pod itself would have to open them: the keys never leave the webhook. */
export function checkSealed(plan: Plan, problems: Problems): void {
  if (plan.delivery !== 'memory') return;
  for (const { source, place } of placedSources(plan)) {
    if (source.address.store === 'sealed')
      problems.push(problemAt(place, noKeyInPod(), printable(source.text)));
  }
}

function noKeyInPod(): LatchkeyError {
  return new LatchkeyError(
    'LK-SEALED',
    'with memory delivery the pod itself would open it, and no sealing key leaves the webhook',
    'Use delivery secret for this pod, or keep the value in ssm or secretsmanager.',
  );
}
