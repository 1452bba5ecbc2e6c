import { Fault } from '../template-error.ts';
import type { Value } from '../values/value.ts';
import { toFloat } from './cast.ts';
import { any, type FunctionTable, takes, takesMore } from './signature.ts';

/** `digits` × 10^`exponent`, exactly. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** So many decimal places a division keeps. */
const PLACES = 16;

/** The shortest decimal that reads as this float. */
function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new Fault('infinity is no decimal');
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const [whole = '', part = ''] = digits.split('.');
  return { digits: BigInt(whole + part), exponent: Number(exponent) - part.length };
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * power(a.exponent - exponent), b.digits * power(b.exponent - exponent), exponent];
}

function plus(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return { digits: x + y, exponent };
}

function minus(a: Decimal, b: Decimal): Decimal {
  return plus(a, { ...b, digits: -b.digits });
}

function times(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Half of the last place is rounded away from zero. */
function over(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) throw new Fault('a division by zero');
  const scale = a.exponent - b.exponent + PLACES;
  const dividend = absolute(a.digits) * (scale > 0 ? power(scale) : 1n);
  const divisor = absolute(b.digits) * (scale < 0 ? power(-scale) : 1n);
  const size = (dividend * 2n + divisor) / (divisor * 2n);
  return { digits: a.digits < 0n === b.digits < 0n ? size : -size, exponent: -PLACES };
}

function float({ digits, exponent }: Decimal): number {
  return Number(`${digits.toString()}e${String(exponent)}`);
}

/** Digits grow with each argument, and with them what it costs. */
const MOST_ARGUMENTS = 100;

function folded(
  first: number,
  values: readonly Value[],
  operation: (a: Decimal, b: Decimal) => Decimal,
): number {
  if (values.length > MOST_ARGUMENTS) throw new Fault(`more than ${String(MOST_ARGUMENTS)} arguments`);
  return float(values.map((value) => decimalOf(toFloat(value))).reduce(operation, decimalOf(first)));
}

/** Arithmetic on floats, which sprig does on decimals: 0.1 and 0.2 make 0.3. */
export const DECIMALS: FunctionTable = {
  add1f: takes([any], ([value]) => folded(toFloat(value), [1], plus)),
  addf: takesMore([], any, (_, values) => folded(0, values, plus)),
  subf: takesMore([any], any, ([first], values) => folded(toFloat(first), values, minus)),
  mulf: takesMore([any], any, ([first], values) => folded(toFloat(first), values, times)),
  divf: takesMore([any], any, ([first], values) => folded(toFloat(first), values, over)),
};
