/**
 * A double as Go's `strconv.FormatFloat(n, 'f', -1, 64)` writes it: the fewest digits that read back as the same number,
 * never with an exponent.
 */
export function formatFixed(number: number): string {
  if (!Number.isFinite(number)) return number > 0 ? '+Inf' : '-Inf';
  const [digits = '', exponent] = formatShortest(number).split('e');
  if (exponent === undefined) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = digits.slice(sign.length).split('.');
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`;
  if (point >= all.length) return sign + all.padEnd(point, '0');
  return `${sign}${all.slice(0, point)}.${all.slice(point)}`;
}

/** A double as Go's `encoding/json` writes it. It and JavaScript agree but for the sign of zero. */
export function formatShortest(number: number): string {
  return Object.is(number, -0) ? '-0' : String(number);
}
