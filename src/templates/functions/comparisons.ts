import { Fault } from '../template-error.ts';
import { Dict, integerOf, List, typeName, type Value } from '../values/value.ts';
import { any, type FunctionTable, takes, takesMore } from './signature.ts';

type Basic = 'bool' | 'integer' | 'float' | 'string' | undefined;

/** Go compares within these only: an integer never equals a float. */
function basicKind(value: Value): Basic {
  if (integerOf(value) !== undefined) return 'integer';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float';
  return typeof value === 'boolean' ? 'bool' : undefined;
}

function incompatible(a: Value, b: Value): Fault {
  return new Fault(
    `values of types ${typeName(a)} and ${typeName(b)} cannot be compared`,
    'Convert one of them: with int, float64 or toString.',
  );
}

function isNil(value: Value): boolean {
  return value === null || (value instanceof List && value.nil);
}

function compoundEqual(a: Value, b: Value): boolean {
  const alike = (a instanceof List && b instanceof List) || (a instanceof Dict && b instanceof Dict);
  if (a !== null && b !== null && !alike) throw incompatible(a, b);
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  throw new Fault('lists and maps cannot be compared with eq', 'Compare them with deepEqual.');
}

function equal(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  if (kind !== basicKind(b)) {
    if (a !== null && b !== null) throw incompatible(a, b);
    return false;
  }
  if (kind === undefined) return compoundEqual(a, b);
  return kind === 'integer' ? integerOf(a) === integerOf(b) : a === b;
}

function less(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  if (kind === undefined || kind === 'bool' || kind !== basicKind(b)) throw incompatible(a, b);
  const x = integerOf(a) ?? a;
  const y = integerOf(b) ?? b;
  return x !== null && y !== null && x < y;
}

/** What Go computes for `<=`, which with NaN is not the opposite of `>`. */
function lessOrEqual(a: Value, b: Value): boolean {
  return less(a, b) || equal(a, b);
}

export const COMPARISONS: FunctionTable = {
  eq: takesMore([any], any, ([value], others) => {
    if (others.length === 0) throw new Fault('there is nothing to compare with');
    return others.some((other) => equal(value, other));
  }),
  ne: takes([any, any], ([a, b]) => !equal(a, b)),
  lt: takes([any, any], ([a, b]) => less(a, b)),
  le: takes([any, any], ([a, b]) => lessOrEqual(a, b)),
  gt: takes([any, any], ([a, b]) => !lessOrEqual(a, b)),
  ge: takes([any, any], ([a, b]) => !less(a, b)),
};
