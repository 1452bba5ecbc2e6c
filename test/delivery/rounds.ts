// One review of a pod as the webhook does it, with values that are made up: plan, then delivery.

import type { Delivered } from '../../src/delivery/delivery.ts';
import { deliverMemory } from '../../src/delivery/memory.ts';
import { isOptionalItem } from '../../src/delivery/memory-slots.ts';
import { deliverPlaintext } from '../../src/delivery/plaintext.ts';
import { deliverSecret } from '../../src/delivery/secret.ts';
import type { Problem } from '../../src/errors.ts';
import { makePlan } from '../../src/request/make-plan.ts';
import { knownMembers, memberSlot } from '../../src/request/member-name.ts';
import type { DeliveryName, Plan, Slot } from '../../src/request/plan.ts';
import { planHash } from '../../src/request/plan-hash.ts';
import type { Pod } from '../../src/request/pod.ts';
import { dataKey, slotLabel } from '../../src/request/slot.ts';
import { SecretValue } from '../../src/secret-value.ts';

/** What surrounds a pod: defaults of the operator and namespace, and what the stores would answer. */
export interface Surroundings {
  readonly delivery?: DeliveryName;
  readonly namespaceAnnotations?: Readonly<Record<string, string>>;
  readonly skipContainers?: readonly string[];
  /** Members of each bulk without `keys=`. */
  readonly members?: readonly string[];
  /** Labels of optional slots that have no value. */
  readonly missing?: readonly string[];
  /** Values by data key, for `plaintext`; all others are made up. */
  readonly values?: Readonly<Record<string, string>>;
  /** The role of the service account, for `memory`. */
  readonly role?: string;
  readonly secretName?: string;
}

export const SECRET_NAME = `latchkey-test-app-7c9d8f-${'0'.repeat(32)}${'1'.repeat(32)}`;
export const OTHER_SECRET_NAME = `latchkey-test-app-7c9d8f-${'2'.repeat(32)}${'3'.repeat(32)}`;

export type Reviewed =
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'delivered'; readonly plan: Plan; readonly delivered: Delivered };

export function review(pod: Pod, surroundings: Surroundings = {}): Reviewed {
  const planned = makePlan(pod, {
    namespace: 'shop',
    namespaceAnnotations: surroundings.namespaceAnnotations ?? {},
    region: 'eu-central-1',
    delivery: surroundings.delivery ?? 'secret',
    skipContainers: surroundings.skipContainers ?? ['istio-proxy'],
  });
  if (planned.kind !== 'plan') return planned;
  const delivered = deliver(pod, planned.plan, surroundings);
  return delivered.problems.length > 0
    ? { kind: 'problems', problems: delivered.problems }
    : { kind: 'delivered', plan: planned.plan, delivered };
}

/** Delivers a plan with whatever delivery it names. */
export function deliver(pod: Pod, plan: Plan, surroundings: Surroundings = {}): Delivered {
  const { delivery } = plan;
  const status = { version: 1, plan: planHash(plan), delivery } as const;
  const slots = slotsWithValues(plan, surroundings);
  if (delivery === 'secret') {
    return deliverSecret(pod, plan, { secretName: surroundings.secretName ?? SECRET_NAME, slots, status });
  }
  if (delivery === 'plaintext') {
    const filled = slots.map((slot) => ({ slot, value: new SecretValue(valueOf(slot, surroundings)) }));
    return deliverPlaintext(pod, plan, { filled, status });
  }
  const role = surroundings.role;
  return deliverMemory(pod, plan, {
    fetchImage: 'ghcr.io/latchkey/latchkey:0.1.0',
    fetchResources: { cpu: '50m', memory: '96Mi' },
    fetchDeadlineSeconds: 300,
    namespace: 'shop',
    serviceAccount: 'test-app',
    status,
    ...(role === undefined ? {} : { webIdentity: { roleArn: role, audience: 'sts.amazonaws.com' } }),
  });
}

function valueOf(slot: Slot, { values = {} }: Surroundings): string {
  const key = dataKey(slot);
  return Object.hasOwn(values, key) ? (values[key] ?? '') : `value of ${key}: a$b $(C)`;
}

function slotsWithValues(plan: Plan, { members = [], missing = [] }: Surroundings): readonly Slot[] {
  const isMissing = (slot: Slot) => missing.includes(slotLabel(slot));
  return [
    ...plan.items.filter((item) => !(isOptionalItem(item) && isMissing(item.slot))).map(({ slot }) => slot),
    ...plan.bulks.flatMap((bulk) =>
      bulk.keys === undefined ? members.map((key) => memberSlot(bulk, key)) : knownMembers(bulk),
    ),
  ];
}
