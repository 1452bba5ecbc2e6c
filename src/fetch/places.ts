import type { Bulk, Item, Place, Slot } from '../request/plan.ts';
import { dataKey, slotLabel } from '../request/slot.ts';

/** Where each slot was asked for, for messages: its item's place, or for a member of a bulk reference that one's. */
export function createPlaces(plan: {
  readonly items: readonly Item[];
  readonly bulks: readonly Bulk[];
}): (slot: Slot) => Place {
  const places = new Map(plan.items.map((item) => [dataKey(item.slot), item.place]));
  return (slot) => {
    const bulk = plan.bulks.find(({ kind }) => kind === slot.kind);
    return places.get(dataKey(slot)) ?? { label: slotLabel(slot), field: bulk?.place.field ?? '' };
  };
}
