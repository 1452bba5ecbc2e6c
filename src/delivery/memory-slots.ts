import type { Item } from '../request/plan.ts';

/** Whether the whole variable or file is left out when there is no value. */
export function isOptionalItem(item: Item): boolean {
  return item.template.some((part) => typeof part !== 'string' && part.optional === true);
}
