import { integerFrom } from '../syntax/numbers.ts';
import { fitsInt, integerOf, type Value } from '../values/value.ts';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const FLOAT = /^[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9]+)?$/;
const INFINITE = /^([+-]?)(?:inf|infinity)$/i;

/** Decimal places of decimal digits are cut off. */
function withoutPlaces(text: string): string {
  const [, whole] = /^([+-]?[0-9]*)\.[0-9]*$/.exec(text) ?? [];
  return whole === undefined ? text : /[0-9]/.test(whole) ? whole : `${whole}0`;
}

/** An integer of anything, as sprig takes it: 0 where there is none. Text may be hexadecimal, octal or binary. */
export function toInteger(value: Value): bigint {
  const integer = integerOf(value);
  if (integer !== undefined) return integer;
  if (typeof value === 'number') return truncated(value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value !== 'string') return 0n;
  const found = integerFrom(withoutPlaces(value)) ?? 0n;
  return fitsInt(found) ? found : 0n;
}

/** What does not fit 64 bits becomes the least integer, as on the machines that these controllers run on. */
export function truncated(value: number): bigint {
  if (!Number.isFinite(value)) return LEAST;
  const whole = BigInt(Math.trunc(value));
  return fitsInt(whole) ? whole : LEAST;
}

/** A float of anything, as sprig takes it: 0 where there is none. */
export function toFloat(value: Value): number {
  const integer = integerOf(value);
  if (integer !== undefined) return Number(integer);
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? floatOfText(value) : 0;
}

function floatOfText(text: string): number {
  const [, sign] = INFINITE.exec(text) ?? [];
  if (sign !== undefined) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!FLOAT.test(text)) return 0;
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : 0;
}

/** Decimal digits only; what is too large is the largest. */
export function atoi(text: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) return 0n;
  const value = BigInt(text.replace(/^\+/, ''));
  return value > MOST ? MOST : value < LEAST ? LEAST : value;
}
