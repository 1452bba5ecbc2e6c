import { Dict, integerOf, List, type Value } from './value.ts';

/** What `if`, `and`, `or`, `not` and sprig's `empty` go by: zero, false, nothing and what is empty are not true. */
export function isTrue(value: Value | undefined): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'number') return value !== 0;
  if (value instanceof List) return value.items.length > 0;
  if (value instanceof Dict) return value.entries.size > 0;
  return integerOf(value) !== 0n;
}
