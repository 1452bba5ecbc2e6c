import { quoted } from '../../quote.ts';
import { Fault } from '../template-error.ts';
import { decodeUtf8 } from '../values/utf8.ts';
import { Dict, typeName, type Value } from '../values/value.ts';
import { zeroOf } from '../values/zero.ts';
import type { MissingKey } from './frame.ts';

function missing(name: string): Fault {
  return new Fault(
    `there is no key ${quoted(decodeUtf8(name), 80)}`,
    'Correct the key, or give the data that has it.',
  );
}

/** `.name` of a value: the entry of a map under that key. Only maps have fields. */
export function fieldOf(value: Value | undefined, name: string, missingKey: MissingKey): Value | undefined {
  if (value === undefined) {
    if (missingKey === 'error') throw missing(name);
    return undefined;
  }
  if (!(value instanceof Dict)) {
    throw new Fault(
      `a value of type ${typeName(value)} has no field ${quoted(decodeUtf8(name), 80)}`,
      'Only maps have fields: parse the text first, for example with fromJson.',
    );
  }
  const found = value.entries.get(name);
  if (found !== undefined) return found;
  if (missingKey === 'error') throw missing(name);
  return missingKey === 'zero' ? zeroOf(value) : undefined;
}
