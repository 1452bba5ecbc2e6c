import type { Dict, Value } from './value.ts';

/** What an entry that is not there is where Go has no way to say so. */
export function zeroOf(dict: Dict): Value {
  return dict.of === 'string' ? '' : null;
}
