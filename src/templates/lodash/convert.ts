import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { isList, isObject, type Js, kindOf } from './values.ts';

/** What `JSON.parse` gave, with maps for objects. */
export function fromJson(value: unknown, budget: Budget): Js {
  budget.spend(1);
  if (Array.isArray(value)) return budget.deeper(() => value.map((item) => fromJson(item, budget)));
  if (typeof value === 'object' && value !== null) {
    return budget.deeper(
      () => new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item, budget)] as const)),
    );
  }
  return value as Js;
}

/** What `JSON.stringify` takes: plain objects for maps, with the order of keys that JavaScript has. */
export function toPlain(value: Js, budget: Budget): unknown {
  budget.spend(1);
  if (isList(value)) return budget.deeper(() => value.map((item) => toPlain(item, budget)));
  if (isObject(value)) {
    return budget.deeper(() =>
      Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item, budget)] as const)),
    );
  }
  if (typeof value === 'object' && value !== null) throw new Fault(`${kindOf(value)} has no JSON`);
  return value;
}

/** About how long the JSON of a value is, so that a small value which holds another one often is seen in time. */
export function jsonLength(value: Js, budget: Budget): number {
  budget.spend(1);
  if (typeof value === 'string') return value.length + 2;
  if (isList(value)) {
    return budget.deeper(() => value.reduce((sum: number, item) => sum + 1 + jsonLength(item, budget), 2));
  }
  if (!isObject(value)) return 5;
  return budget.deeper(() =>
    [...value].reduce((sum, [key, item]) => sum + key.length + 4 + jsonLength(item, budget), 2),
  );
}
