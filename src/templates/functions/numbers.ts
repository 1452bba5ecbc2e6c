import { printed } from '../format/print.ts';
import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { fitsInt, int64, List, type Value } from '../values/value.ts';
import { atoi, toFloat, toInteger } from './cast.ts';
import { any, float, type FunctionTable, int, takes, takesMore, text } from './signature.ts';

function sum(values: readonly Value[]): bigint {
  return values.reduce((total: bigint, value) => total + toInteger(value), 0n);
}

/** Cut to 64 bits at each step, as it would grow without end. */
function product(values: readonly Value[]): bigint {
  return values.map(toInteger).reduce((result, value) => BigInt.asIntN(64, result * value), 1n);
}

function divisor(value: Value): bigint {
  const by = toInteger(value);
  if (by === 0n) throw new Fault('a division by zero');
  return by;
}

function extreme(values: readonly Value[], better: (a: bigint, b: bigint) => boolean): bigint {
  return values.map(toInteger).reduce((best, value) => (better(value, best) ? value : best));
}

interface Steps {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
}

function steps({ start, stop, step }: Steps, budget: Budget): readonly bigint[] {
  const downwards = stop < start;
  if (downwards ? step >= 0n : step <= 0n) return [];
  budget.elements(Math.ceil(Number(stop - start) / Number(step)));
  const found: bigint[] = [];
  for (let at = start; downwards ? at > stop : at < stop; at += step) found.push(at);
  return found;
}

function counted(range: Steps, budget: Budget): List {
  return new List(steps(range, budget), 'int');
}

/** As the program `seq`: both ends belong to it. */
function sequence(values: readonly bigint[], budget: Budget): string {
  const [first, second, third] = values;
  if (first === undefined || values.length > 3) return '';
  const start = second === undefined ? 1n : first;
  const end = third ?? second ?? first;
  const towards = end < start ? -1n : 1n;
  const step = third === undefined ? towards : (second ?? towards);
  if (third !== undefined && end < start && step > 0n) return '';
  return steps({ start, stop: end + towards, step }, budget).join(' ');
}

function rounded(value: number, places: bigint, roundOn = 0.5): number {
  const power = 10 ** Number(places);
  const digit = power * value;
  const up = digit - Math.trunc(digit) >= roundOn;
  return (up ? Math.ceil(digit) : Math.floor(digit)) / power;
}

/** Digits of an octal number. */
function fromOctal(digits: string): bigint {
  if (!/^[+-]?[0-7]+$/.test(digits)) return 0n;
  const size = BigInt(`0o${digits.replace(/^[+-]/, '')}`);
  const value = digits.startsWith('-') ? -size : size;
  return fitsInt(value) ? value : 0n;
}

export const NUMBERS: FunctionTable = {
  int: takes([any], ([value]) => toInteger(value)),
  int64: takes([any], ([value]) => int64(toInteger(value))),
  float64: takes([any], ([value]) => toFloat(value)),
  atoi: takes([text], ([digits]) => atoi(digits)),
  toDecimal: takes([any], ([value], budget) => int64(fromOctal(printed(value, budget)))),
  add: takesMore([], any, (_, values) => int64(sum(values))),
  add1: takes([any], ([value]) => int64(toInteger(value) + 1n)),
  sub: takes([any, any], ([a, b]) => int64(toInteger(a) - toInteger(b))),
  mul: takesMore([any], any, ([first], values) => int64(product([first, ...values]))),
  div: takes([any, any], ([a, b]) => int64(toInteger(a) / divisor(b))),
  mod: takes([any, any], ([a, b]) => int64(toInteger(a) % divisor(b))),
  max: takesMore([any], any, ([first], more) => int64(extreme([first, ...more], (a, b) => a > b))),
  biggest: takesMore([any], any, ([first], more) => int64(extreme([first, ...more], (a, b) => a > b))),
  min: takesMore([any], any, ([first], more) => int64(extreme([first, ...more], (a, b) => a < b))),
  maxf: takesMore([any], any, ([first], more) => Math.max(toFloat(first), ...more.map(toFloat))),
  minf: takesMore([any], any, ([first], more) => Math.min(toFloat(first), ...more.map(toFloat))),
  ceil: takes([any], ([value]) => Math.ceil(toFloat(value))),
  floor: takes([any], ([value]) => Math.floor(toFloat(value))),
  round: takesMore([any, int], float, ([value, places], [on]) => rounded(toFloat(value), places, on)),
  until: takes([int], ([count], budget) =>
    counted({ start: 0n, stop: count, step: count < 0n ? -1n : 1n }, budget),
  ),
  untilStep: takes([int, int, int], ([start, stop, step], budget) => counted({ start, stop, step }, budget)),
  seq: takesMore([], int, (_, values, budget) => sequence(values, budget)),
};
