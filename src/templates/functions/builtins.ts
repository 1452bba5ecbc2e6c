import { formatted } from '../format/printf.ts';
import { printedLine, printedTogether } from '../format/print.ts';
import { Fault } from '../template-error.ts';
import { isTrue } from '../values/truth.ts';
import { Dict, integerOf, List, SizedInteger, typeName, type Value } from '../values/value.ts';
import { zeroOf } from '../values/zero.ts';
import { any, type FunctionTable, takes, takesMore, text } from './signature.ts';

function elementAt(length: number, index: Value): number {
  const place = integerOf(index);
  if (place === undefined)
    throw new Fault(`a list is indexed with an integer, not with a ${typeName(index)}`);
  if (place < 0n || place >= BigInt(length)) throw new Fault('the index is out of range');
  return Number(place);
}

/** `index x 1 "a"` is `x[1]["a"]`. A key that a map has not gives the zero value, never an error. */
function indexed(value: Value, index: Value): Value {
  if (typeof value === 'string') {
    return new SizedInteger('uint8', BigInt(value.charCodeAt(elementAt(value.length, index))));
  }
  if (value instanceof List) return value.items[elementAt(value.items.length, index)] ?? null;
  if (!(value instanceof Dict)) throw new Fault(`a value of type ${typeName(value)} cannot be indexed`);
  if (typeof index !== 'string')
    throw new Fault(`a map is indexed with a string, not with a ${typeName(index)}`);
  return value.entries.get(index) ?? zeroOf(value);
}

function lengthOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(value.length);
  if (value instanceof List) return BigInt(value.items.length);
  if (value instanceof Dict) return BigInt(value.entries.size);
  throw new Fault(`a value of type ${typeName(value)} has no length`);
}

/** Go's own functions, but for `and` and `or`, which the evaluator has, and those in the files beside this one. */
export const BUILTINS: FunctionTable = {
  not: takes([any], ([value]) => !isTrue(value)),
  len: takes([any], ([value]) => lengthOf(value)),
  index: takesMore([any], any, ([value], indexes) => indexes.reduce(indexed, indexable(value))),
  print: takesMore([], any, (_, values, budget) => printedTogether(values, budget)),
  println: takesMore([], any, (_, values, budget) => printedLine(values, budget)),
  printf: takesMore([text], any, ([format], values, budget) => formatted(format, values, budget)),
};

function indexable(value: Value): Value {
  if (value === null) throw new Fault('nothing cannot be indexed');
  return value;
}
