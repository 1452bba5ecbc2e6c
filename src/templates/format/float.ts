import { scaled } from './exact.ts';

/** From this power of ten up, `%v` writes an exponent. */
const LEAST_EXPONENT = 6;

/** Infinity and NaN as Go writes them; `undefined` for every other number. */
export function specialFloat(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '+Inf' : '-Inf';
}

/** An exponent as Go writes it: a sign, and two digits at least. */
function withGoExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

function signed(value: number, size: string): string {
  return isNegative(value) ? `-${size}` : size;
}

/** More decimal places than any number has: behind them are only zeros. */
const MOST_PLACES = 1100;

/** `%e`; without a precision as many digits as it takes to read the same number again. */
export function exponentFloat(value: number, precision?: number): string {
  const size = Math.abs(value);
  const digits = precision === undefined ? size.toExponential() : exactExponential(size, precision);
  return signed(value, withGoExponent(digits));
}

function exactExponential(size: number, precision: number): string {
  const places = Math.min(precision, MOST_PLACES);
  let exponent = size === 0 ? 0 : Number(size.toExponential().split('e')[1]);
  let digits = scaled(size, places - exponent).toString();
  // Rounding may have carried into one more digit.
  if (digits.length > places + 1) {
    exponent += 1;
    digits = digits.slice(0, -1);
  }
  const part = digits.slice(1).padEnd(precision, '0');
  const sign = exponent < 0 ? '-' : '+';
  return `${digits[0] ?? '0'}${part === '' ? '' : `.${part}`}e${sign}${String(Math.abs(exponent))}`;
}

/** `%f`. */
export function fixedFloat(value: number, precision: number): string {
  const places = Math.min(precision, MOST_PLACES);
  const digits = scaled(Math.abs(value), places)
    .toString()
    .padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const part = digits.slice(digits.length - places).padEnd(precision, '0');
  return signed(value, precision === 0 ? whole : `${whole}.${part}`);
}

/**
 * `%g`, which is also `%v`: the shortest digits that read the same, with an exponent below 1e-4 and from 1e6 up (so a
 * million prints as `1e+06`); or so many digits, with an exponent from that power up.
 */
export function generalFloat(value: number, precision?: number): string {
  const special = specialFloat(value);
  if (special !== undefined) return special;
  if (value === 0) return signed(value, '0');
  const wanted = precision === 0 ? 1 : precision;
  const size = Math.abs(value);
  const [digits = '', exponent = ''] = (
    wanted === undefined ? size.toExponential() : exactExponential(size, wanted - 1)
  ).split('e');
  const significant = digits.replace('.', '').replace(/0+$/, '');
  return signed(value, placed(significant, Number(exponent), wanted ?? LEAST_EXPONENT));
}

function placed(digits: string, exponent: number, limit: number): string {
  if (exponent < -4 || exponent >= limit) {
    const part = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const sign = exponent < 0 ? '-' : '+';
    return `${digits[0] ?? ''}${part}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const part = digits.slice(exponent + 1);
  return part === '' ? whole : `${whole}.${part}`;
}
