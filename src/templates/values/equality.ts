import type { Budget } from '../limits.ts';
import { Dict, List, SizedInteger, type Value } from './value.ts';

/** Equal in type and in all that is inside, as Go's `reflect.DeepEqual` has it. */
export function deepEqual(a: Value, b: Value, budget: Budget): boolean {
  budget.spend(1);
  if (a instanceof List && b instanceof List) return listsEqual(a, b, budget);
  if (a instanceof Dict && b instanceof Dict) return dictsEqual(a, b, budget);
  if (a instanceof SizedInteger && b instanceof SizedInteger) return a.type === b.type && a.value === b.value;
  return a === b;
}

function listsEqual(a: List, b: List, budget: Budget): boolean {
  if (a.of !== b.of || a.nil !== b.nil || a.items.length !== b.items.length) return false;
  return budget.deeper(() => a.items.every((item, index) => deepEqual(item, b.items[index] ?? null, budget)));
}

function dictsEqual(a: Dict, b: Dict, budget: Budget): boolean {
  if (a.of !== b.of || a.entries.size !== b.entries.size) return false;
  return budget.deeper(() =>
    [...a.entries].every(([key, value]) => {
      const other = b.entries.get(key);
      return other !== undefined && deepEqual(value, other, budget);
    }),
  );
}
