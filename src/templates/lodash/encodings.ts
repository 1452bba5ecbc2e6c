import { Fault } from '../template-error.ts';
import type { Js } from './values.ts';

const ENCODINGS = new Set<string>([
  'utf8',
  'utf-8',
  'base64',
  'base64url',
  'hex',
  'ascii',
  'latin1',
  'binary',
]);

function isEncoding(name: string): name is BufferEncoding {
  return ENCODINGS.has(name);
}

/** Node takes the names of encodings in any letter case. */
export function encodingOf(value: Js): BufferEncoding {
  if (value === undefined) return 'utf8';
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  if (isEncoding(name)) return name;
  // The name may have been made of a value, so it is not told.
  throw new Fault('there is no such encoding', 'Use utf8, base64, hex or ascii.');
}
