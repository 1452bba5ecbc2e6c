import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { isTrue } from '../values/truth.ts';
import { Dict, type Value } from '../values/value.ts';
import { dict, type FunctionTable, type GoFunction, takesMore } from './signature.ts';

/** Whether a value of the source takes the place of what is there. Of two lists, one that is not empty stays. */
function replaces(before: Value | undefined, value: Value, overwrites: boolean): boolean {
  if (before === undefined || !isTrue(before) || overwrites) return true;
  return false;
}

/** Puts the entries of `source` into `target`; maps in maps are merged, everything else is replaced or kept whole. */
function mergeInto(target: Dict, source: Dict, overwrites: boolean, budget: Budget): void {
  budget.deeper(() => {
    for (const [key, value] of source.entries) {
      budget.spend(1);
      const before = target.entries.get(key);
      if (value === null) {
        if (overwrites) target.entries.set(key, value);
        continue;
      }
      if (before instanceof Dict && value instanceof Dict && before !== value && mergeable(before, value)) {
        mergeInto(before, value, overwrites, budget);
        if (before.entries.size > 0) continue;
      }
      if (replaces(before, value, overwrites)) target.entries.set(key, value);
    }
  });
}

function mergeable(a: Dict, b: Dict): boolean {
  if (a.of === b.of) return true;
  throw new Fault('maps of texts and other maps cannot be merged');
}

function merging(overwrites: boolean): GoFunction {
  return takesMore([dict], dict, ([target], sources, budget) => {
    const merged = target ?? new Dict();
    for (const source of sources) if (source !== null) mergeInto(merged, source, overwrites, budget);
    return merged;
  });
}

const merge = merging(false);
const mergeOverwrite = merging(true);

/** The first map is changed, as in sprig. */
export const MERGE: FunctionTable = {
  merge,
  mustMerge: merge,
  mergeOverwrite,
  mustMergeOverwrite: mergeOverwrite,
};
