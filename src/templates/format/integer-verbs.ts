import { encodeRune, encodeUtf8 } from '../values/utf8.ts';
import type { Directive } from './directive.ts';
import { padded, signOf } from './pad.ts';
import { isPrintable, quotedRune } from './quote.ts';

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const LAST_RUNE = 0x10ffffn;

/** An integer under a verb; undefined when the verb takes none. */
export function formatInteger(value: bigint, directive: Directive): string | undefined {
  const base = Object.hasOwn(BASES, directive.verb) ? BASES[directive.verb] : undefined;
  if (base !== undefined) return inBase(value, base, directive);
  const rune = value < 0n || value > LAST_RUNE ? 0xfffd : Number(value);
  switch (directive.verb) {
    case 'c':
      return padded(encodeRune(rune), directive);
    case 'q': {
      const valid = rune >= 0xd800 && rune <= 0xdfff ? 0xfffd : rune;
      return padded(`'${quotedRune(valid, { mark: "'", ascii: directive.plus })}'`, directive);
    }
    case 'U':
      return unicode(value, directive);
    default:
      return undefined;
  }
}

function inBase(value: bigint, base: number, directive: Directive): string {
  const { precision, width, zero, verb } = directive;
  const negative = value < 0n;
  const size = negative ? -value : value;
  const spaces = { ...directive, zero: false };
  if (precision === 0 && size === 0n) return padded('', spaces);
  const sign = signOf(negative, directive);
  const digits = size.toString(base);
  const least = precision ?? (zero && width !== undefined ? width - sign.length : 0);
  const filled = (verb === 'X' ? digits.toUpperCase() : digits).padStart(least, '0');
  return padded(`${sign}${prefixOf(filled, directive)}${filled}`, spaces);
}

function prefixOf(digits: string, { verb, sharp }: Directive): string {
  if (verb === 'O') return sharp && !digits.startsWith('0') ? '0o0' : '0o';
  if (!sharp) return '';
  if (verb === 'o') return digits.startsWith('0') ? '' : '0';
  return verb === 'b' ? '0b' : verb === 'x' ? '0x' : verb === 'X' ? '0X' : '';
}

function unicode(value: bigint, directive: Directive): string {
  const code = BigInt.asUintN(64, value);
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, directive.precision ?? 0), '0');
  const printable = directive.sharp && code <= LAST_RUNE && isPrintable(Number(code));
  const character = printable ? encodeUtf8(` '${String.fromCodePoint(Number(code))}'`) : '';
  return padded(`U+${digits}${character}`, { ...directive, zero: false });
}
