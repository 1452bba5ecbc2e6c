import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { deepEqual } from '../values/equality.ts';
import { isTrue } from '../values/truth.ts';
import { List, typeName, type Value } from '../values/value.ts';
import { toInteger } from './cast.ts';
import { any, type FunctionTable, type GoFunction, int, takes, takesMore } from './signature.ts';

const NIL_LIST = new List([], 'any', true);

function listOf(value: Value): List {
  if (value instanceof List) return value;
  throw new Fault(
    `a list is wanted, and a ${typeName(value)} is given`,
    'Make a list with list or splitList.',
  );
}

/** A function of one list, or of a list and one value before it. */
function ofList(run: (items: readonly Value[], budget: Budget) => Value): GoFunction {
  return takes([any], ([list], budget) => {
    const { items } = listOf(list);
    budget.elements(items.length);
    return run(items, budget);
  });
}

function withItem(run: (items: readonly Value[], item: Value) => readonly Value[]): GoFunction {
  return takes([any, any], ([list, item], budget) => {
    const { items } = listOf(list);
    budget.elements(items.length);
    return new List(run(items, item));
  });
}

function includes(items: readonly Value[], item: Value, budget: Budget): boolean {
  return items.some((each) => deepEqual(item, each, budget));
}

function unique(items: readonly Value[], budget: Budget): readonly Value[] {
  const found: Value[] = [];
  for (const item of items) if (!includes(found, item, budget)) found.push(item);
  return found;
}

function has(item: Value, list: Value, budget: Budget): boolean {
  return list !== null && includes(listOf(list).items, item, budget);
}

function sliced(list: List, [from, to]: readonly Value[]): Value {
  const { items, of } = list;
  if (items.length === 0) return null;
  const start = from === undefined ? 0n : toInteger(from);
  const end = to === undefined ? BigInt(items.length) : toInteger(to);
  if (start < 0n || end > BigInt(items.length) || start > end)
    throw new Fault('the list has not so many elements');
  return new List(items.slice(Number(start), Number(end)), of);
}

function chunked(size: bigint, list: List, budget: Budget): List {
  if (size < 1n) throw new Fault('a chunk has at least one element');
  const { items } = list;
  budget.elements(items.length);
  const length = Number(size);
  const starts = Array.from({ length: Math.ceil(items.length / length) }, (_, index) => index * length);
  return new List(
    starts.map((start) => new List(items.slice(start, start + length))),
    'list',
  );
}

function concatenated(values: readonly Value[], budget: Budget): List {
  const lists = values.map((value) => listOf(value).items);
  budget.elements(lists.reduce((sum, { length }) => sum + length, 0));
  const items = lists.flat();
  return items.length === 0 ? NIL_LIST : new List(items);
}

const push = withItem((items, item) => [...items, item]);
const prepend = withItem((items, item) => [item, ...items]);
const first = ofList((items) => items[0] ?? null);
const last = ofList((items) => items.at(-1) ?? null);
const rest = ofList((items) => (items.length === 0 ? NIL_LIST : new List(items.slice(1))));
const initial = ofList((items) => (items.length === 0 ? NIL_LIST : new List(items.slice(0, -1))));
const reverse = ofList((items) => new List(items.toReversed()));
const uniq = ofList((items, budget) => new List(unique(items, budget)));
const compact = ofList((items) => new List(items.filter(isTrue)));
const hasItem = takes([any, any], ([item, list], budget) => has(item, list, budget));
const list = takesMore([], any, (_, items) => new List(items));
const chunk = takes([int, any], ([size, value], budget) => chunked(size, listOf(value), budget));
const slice = takesMore([any], any, ([value], indexes) => sliced(listOf(value), indexes));
const without = takesMore([any], any, ([value], omitted, budget) => {
  const kept = listOf(value).items.filter((item) => !includes(omitted, item, budget));
  return new List(kept);
});

/** In Go, the `must` functions return an error where the others panic: both end the template. */
export const LISTS: FunctionTable = {
  list,
  tuple: list,
  append: push,
  push,
  mustAppend: push,
  mustPush: push,
  prepend,
  mustPrepend: prepend,
  first,
  mustFirst: first,
  last,
  mustLast: last,
  rest,
  mustRest: rest,
  initial,
  mustInitial: initial,
  reverse,
  mustReverse: reverse,
  uniq,
  mustUniq: uniq,
  compact,
  mustCompact: compact,
  without,
  mustWithout: without,
  has: hasItem,
  mustHas: hasItem,
  slice,
  mustSlice: slice,
  chunk,
  mustChunk: chunk,
  concat: takesMore([], any, (_, values, budget) => concatenated(values, budget)),
};
