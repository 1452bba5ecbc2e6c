// Plan to patch, with any values: what the tests of src/request need to see a second round.

import type { Delivered } from '../../src/delivery/delivery.ts';
import { deliverMemory } from '../../src/delivery/memory.ts';
import { deliverPlaintext } from '../../src/delivery/plaintext.ts';
import { deliverSecret } from '../../src/delivery/secret.ts';
import type { Filled } from '../../src/request/evaluate.ts';
import { planHash } from '../../src/request/plan-hash.ts';
import type { Plan } from '../../src/request/plan.ts';
import type { Pod } from '../../src/request/pod.ts';

const status = (plan: Plan) => ({ version: 1, plan: planHash(plan), delivery: plan.delivery }) as const;

/** What the plan's delivery makes of the pod. */
export function delivered(pod: Pod, plan: Plan, filled: readonly Filled[]): Delivered {
  if (plan.delivery === 'plaintext') return deliverPlaintext(pod, plan, { filled, status: status(plan) });
  if (plan.delivery === 'secret') {
    const slots = filled.map(({ slot }) => slot);
    return deliverSecret(pod, plan, {
      secretName: `latchkey-app-${'0'.repeat(40)}`,
      slots,
      status: status(plan),
    });
  }
  return deliverMemory(pod, plan, {
    fetchImage: 'latchkey:1',
    fetchResources: { cpu: '50m', memory: '64Mi' },
    fetchDeadlineSeconds: 60,
    namespace: 'shop',
    serviceAccount: 'app',
    status: status(plan),
  });
}
