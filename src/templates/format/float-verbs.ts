import type { Directive } from './directive.ts';
import { exponentFloat, fixedFloat, generalFloat, specialFloat } from './float.ts';
import { padded, signOf } from './pad.ts';

function digitsOf(size: number, { verb, precision, sharp }: Directive): string | undefined {
  switch (verb) {
    case 'v':
    case 'g':
    case 'G':
      return sharp ? sharpGeneral(size, precision) : generalFloat(size, precision);
    case 'f':
    case 'F':
      return withPoint(fixedFloat(size, precision ?? 6), sharp);
    case 'e':
    case 'E':
      return withPoint(exponentFloat(size, precision ?? 6), sharp);
    default:
      return undefined;
  }
}

/** `#` keeps the decimal point. */
function withPoint(digits: string, sharp: boolean): string {
  return sharp && !digits.includes('.') ? digits.replace(/(?=e|$)/, '.') : digits;
}

/** `%#g` keeps the zeros too, up to its precision. */
function sharpGeneral(size: number, precision: number | undefined): string {
  const [digits = '', exponent] = withPoint(generalFloat(size, precision), true).split('e');
  const significant = digits.replace('.', '').replace(/^0+/, '').length;
  // A zero that is all there is counts as a digit.
  const missing = (precision ?? 6) - significant - (size === 0 ? 1 : 0);
  const tail = exponent === undefined ? '' : `e${exponent}`;
  return `${digits}${'0'.repeat(Math.max(0, missing))}${tail}`;
}

/** A float under a verb; undefined when the verb takes none. */
export function formatFloat(value: number, directive: Directive): string | undefined {
  const negative = value < 0 || Object.is(value, -0);
  const special = specialFloat(value);
  if (special !== undefined) return specialFormat(special, directive);
  const digits = digitsOf(Math.abs(value), directive);
  if (digits === undefined) return undefined;
  const sign = signOf(negative, directive);
  const shown = 'GE'.includes(directive.verb) ? digits.toUpperCase() : digits;
  const { width = 0, zero } = directive;
  // Zeros stand behind the sign.
  const filled = zero ? shown.padStart(width - sign.length, '0') : shown;
  return padded(`${sign}${filled}`, { ...directive, zero: false });
}

/** Infinity and NaN, which no zeros pad. */
function specialFormat(special: string, directive: Directive): string | undefined {
  if (!'vgGfFeE'.includes(directive.verb)) return undefined;
  const sign = special === '-Inf' ? '-' : signOf(false, directive);
  return padded(sign + special.replace(/^[+-]/, ''), { ...directive, zero: false });
}
