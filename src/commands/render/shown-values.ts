import type { Case } from '../../admission/case.ts';
import type { Item, Plan } from '../../request/plan.ts';
import { dataKey } from '../../request/slot.ts';

/** Stands where a value would. */
export const REDACTED = '[redacted]';

/** What an item reads, as its author wrote it: text with references in double parentheses. */
export function referenceText({ template }: Item): string {
  const [only, ...more] = template;
  if (only !== undefined && typeof only !== 'string' && more.length === 0) return only.text;
  return template.map((part) => (typeof part === 'string' ? part : `((${part.text}))`)).join('');
}

/** The references of a plan by their slots' data keys: what stands for values where nothing resolves them. */
export function referenceTexts(plan: Pick<Plan, 'items'>): ReadonlyMap<string, string> {
  return new Map(plan.items.map((item) => [dataKey(item.slot), referenceText(item)]));
}

export type Reviewed = Pick<Case, 'plan' | 'revision' | 'namespace'>;
