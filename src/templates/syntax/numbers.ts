import { fitsInt } from '../values/value.ts';
import type { NumberLiteral } from './nodes.ts';
import { SyntaxFault } from './syntax-fault.ts';

/** Underscores only between digits, or between the prefix of a base and a digit. */
const INTEGER =
  /^([+-]?)(?:(0[xX](?:_?[0-9a-fA-F])+)|(0[bB](?:_?[01])+)|0[oO]?((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))$/;
const FLOAT = /^[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9]+)?$/;
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;

/** The integer that Go reads from text with a prefix for its base; `undefined` for what is none. */
export function integerFrom(text: string): bigint | undefined {
  const found = INTEGER.exec(text);
  if (found === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = found;
  const digits = hex ?? binary ?? (octal === undefined ? decimal : `0o${octal}`) ?? '';
  const size = BigInt(digits.replaceAll('_', ''));
  return sign === '-' ? -size : size;
}

function floatFrom(text: string): number | undefined {
  if (FLOAT.test(text)) return Number(text.replaceAll('_', ''));
  const [, sign, whole = '', part = '', exponent] = HEX_FLOAT.exec(text) ?? [];
  if (whole + part === '') return undefined;
  const size = Number.parseInt(whole + part, 16) * 2 ** (Number(exponent) - 4 * part.length);
  return sign === '-' ? -size : size;
}

/** Reads the text of a number as Go's templates do: an integer that fits 64 bits, or a float. */
export function numberOf(text: string, at: number): NumberLiteral {
  const integer = integerFrom(text);
  if (integer !== undefined) {
    if (!fitsInt(integer)) throw new SyntaxFault('an integer that does not fit 64 bits', at);
    return { kind: 'number', integer, float: Number(integer), ideal: 'integer', at };
  }
  const float = /[.eEpP]/.test(text) ? floatFrom(text) : undefined;
  if (float === undefined || !Number.isFinite(float))
    throw new SyntaxFault('a number that Go does not take', at);
  const whole = Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined;
  return { kind: 'number', integer: whole, float, ideal: 'float', at };
}
