const FRACTION = 2n ** 52n;

/** A finite number that is not negative as `mantissa` × 2^`exponent`, exactly. */
function taken(size: number): readonly [mantissa: bigint, exponent: number] {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, size);
  const raw = bits.getBigUint64(0);
  const exponent = Number(raw / FRACTION);
  return exponent === 0 ? [raw % FRACTION, -1074] : [(raw % FRACTION) + FRACTION, exponent - 1075];
}

/** The quotient, half of it rounded to even. */
function rounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient;
  return quotient + 1n;
}

/**
 * The integer nearest to `size` × 10^`places`; of two that are as near, the even one. JavaScript's own `toFixed` takes
 * the larger one, so that Go and it differ for 2.5.
 */
export function scaled(size: number, places: number): bigint {
  const [mantissa, exponent] = taken(size);
  const up = 10n ** BigInt(Math.max(0, places)) * 2n ** BigInt(Math.max(0, exponent));
  const down = 10n ** BigInt(Math.max(0, -places)) * 2n ** BigInt(Math.max(0, -exponent));
  return rounded(mantissa * up, down);
}
