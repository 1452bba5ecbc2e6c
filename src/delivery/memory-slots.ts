import { isMemberName, knownMembers } from '../request/member-name.ts';
import type { Bulk, Item, Plan, Slot } from '../request/plan.ts';

/** Whether the whole variable or file is left out when there is no value. */
export function isOptionalItem(item: Item): boolean {
  return item.template.some((part) => typeof part !== 'string' && part.optional === true);
}

/** A variable or file that `memory` delivery writes into the pod before anyone has read its value. */
export interface KnownSlot {
  readonly slot: Slot;
  /** It may turn out to have no value; then the kubelet leaves it out. */
  readonly optional: boolean;
}

/** Every slot of a plan whose name is known at admission: all items, and the members that `keys=` names. */
export function knownSlots(plan: Pick<Plan, 'items' | 'bulks'>): readonly KnownSlot[] {
  return [
    ...plan.items.map((item) => ({ slot: item.slot, optional: isOptionalItem(item) })),
    ...plan.bulks.flatMap(knownOfBulk),
  ];
}

function knownOfBulk(bulk: Bulk): readonly KnownSlot[] {
  const optional = bulk.source.optional === true;
  return knownMembers(bulk)
    .filter(isMemberName)
    .map((slot) => ({ slot, optional }));
}
