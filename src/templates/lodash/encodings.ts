import { quoted } from '../../quote.ts';
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
  throw new Fault(
    typeof value === 'string' ? `there is no encoding ${quoted(value, 20)}` : 'an encoding is a text',
    'Use utf8, base64, hex or ascii.',
  );
}
