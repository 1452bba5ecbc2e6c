import { printed } from '../format/print.ts';
import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { Dict, List, typeName, type Value } from '../values/value.ts';
import { any, dict, type FunctionTable, takes, takesMore, text } from './signature.ts';

const NONE: ReadonlyMap<string, Value> = new Map();

function entriesOf(value: Dict | null): ReadonlyMap<string, Value> {
  return value?.entries ?? NONE;
}

function made(values: readonly Value[], budget: Budget): Dict {
  const entries: [string, Value][] = [];
  for (let at = 0; at < values.length; at += 2) {
    entries.push([
      printed(values[at] ?? null, budget),
      values[at + 1] ?? (at + 1 < values.length ? null : ''),
    ]);
  }
  return new Dict(entries);
}

function set(value: Dict | null, key: string, item: Value): Dict {
  if (value === null) throw new Fault('nothing can be set in a map that is not there');
  value.entries.set(key, item);
  return value;
}

function dug(values: readonly Value[]): Value {
  const map = values.at(-1) ?? null;
  const otherwise = values.at(-2) ?? null;
  let found: Value = map;
  for (const key of values.slice(0, -2)) {
    if (!(found instanceof Dict) || found.of !== 'any')
      throw new Fault(`dig goes through maps, not a ${typeName(found)}`);
    if (typeof key !== 'string') throw new Fault('the keys of dig are strings');
    const next = found.entries.get(key);
    if (next === undefined) return otherwise;
    found = next;
  }
  return found;
}

/** Go gives keys and values in any order; here it is that of the keys. */
function sortedKeys(dicts: readonly (Dict | null)[], budget: Budget): List {
  const keys = dicts.flatMap((each) => (each === null ? [] : each.sorted().map(([key]) => key)));
  budget.elements(keys.length);
  return new List(keys, 'string');
}

function copied(value: Value, budget: Budget): Value {
  budget.spend(1);
  if (value instanceof List) {
    return budget.deeper(
      () =>
        new List(
          value.items.map((item) => copied(item, budget)),
          value.of,
          value.nil,
        ),
    );
  }
  if (!(value instanceof Dict)) return value;
  return budget.deeper(
    () =>
      new Dict(
        [...value.entries].map(([key, item]) => [key, copied(item, budget)] as const),
        value.of,
      ),
  );
}

const deepCopy = takes([any], ([value], budget) => {
  if (value === null) throw new Fault('nothing cannot be copied');
  return copied(value, budget);
});

export const DICTS: FunctionTable = {
  dict: takesMore([], any, (_, values, budget) => made(values, budget)),
  get: takes([dict, text], ([map, key]) => {
    const found = entriesOf(map).get(key);
    return found === undefined ? '' : found;
  }),
  set: takes([dict, text, any], ([map, key, value]) => set(map, key, value)),
  unset: takes([dict, text], ([map, key]) => {
    map?.entries.delete(key);
    return map ?? new Dict();
  }),
  hasKey: takes([dict, text], ([map, key]) => entriesOf(map).has(key)),
  keys: takesMore([], dict, (_, dicts, budget) => sortedKeys(dicts, budget)),
  values: takes([dict], ([map], budget) => {
    budget.elements(entriesOf(map).size);
    return new List((map?.sorted() ?? []).map(([, value]) => value));
  }),
  pick: takesMore([dict], text, ([map], keys) => {
    const wanted = new Set(keys);
    return new Dict([...entriesOf(map)].filter(([key]) => wanted.has(key)));
  }),
  omit: takesMore([dict], text, ([map], keys) => {
    const unwanted = new Set(keys);
    return new Dict([...entriesOf(map)].filter(([key]) => !unwanted.has(key)));
  }),
  pluck: takesMore([text], dict, ([key], dicts) => {
    const found = dicts.map((map) => entriesOf(map).get(key));
    return new List(found.filter((value) => value !== undefined));
  }),
  dig: takesMore([any, any, any], any, (first, more) => dug([...first, ...more])),
  deepCopy,
  mustDeepCopy: deepCopy,
};
