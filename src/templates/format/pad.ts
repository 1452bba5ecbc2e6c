import { runeCount } from '../values/utf8.ts';
import type { Directive } from './directive.ts';

/** Fills up to the width, which counts characters: with spaces, or with zeros on the left. */
export function padded(bytes: string, { width = 0, minus, zero }: Directive): string {
  const missing = width - runeCount(bytes);
  if (missing <= 0) return bytes;
  if (minus) return bytes + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + bytes;
}

/** The sign of a number, as the flags ask for it. */
export function signOf(negative: boolean, { plus, space }: Directive): string {
  if (negative) return '-';
  return plus ? '+' : space ? ' ' : '';
}
