import { readPath } from '../../request/property-path.ts';
import type { Difference } from '../differences.ts';

const BARE = /^[^.[\]"\s](?:[^.[\]"]*[^.[\]"\s])?$/;
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** What follows the `#` of a reference, and what it may do differently from what was written. */
export interface PropertyText {
  readonly text: string;
  readonly differences: readonly Difference[];
}

/**
 * The property that goes through the same keys as one of another language. A key of digits is the key of an object or the
 * index of a list there, whichever it meets; here it has to be said which.
 *
 * @param written as the definition has it: it stays where it means the same
 */
export function propertyText(written: string, keys: readonly string[]): PropertyText {
  const [only] = keys;
  if (keys.length === 1 && only === written && isTrimmed(written)) {
    return { text: written, differences: INDEX.test(written) ? ['index'] : [] };
  }
  if (meansTheSame(written, keys)) return { text: written, differences: [] };
  const differences: readonly Difference[] = keys.some((key) => INDEX.test(key)) ? ['index'] : [];
  return { text: pathText(keys), differences };
}

/** As `#` takes it: keys with dots between, quoted where they have to be, and indexes. */
export function pathText(keys: readonly string[]): string {
  return keys
    .map((key, at) => {
      if (INDEX.test(key)) return `[${key}]`;
      return `${at === 0 ? '' : '.'}${BARE.test(key) ? key : JSON.stringify(key)}`;
    })
    .join('');
}

function isTrimmed(text: string): boolean {
  return text !== '' && text === text.trim();
}

/** An index in brackets stays one: who writes it means a list. */
function meansTheSame(written: string, keys: readonly string[]): boolean {
  if (!isTrimmed(written)) return false;
  const path = readPath(written);
  if (path === undefined || path.length !== keys.length) return false;
  return path.every((step, at) =>
    typeof step === 'number' ? String(step) === keys[at] : step === keys[at] && !INDEX.test(step),
  );
}
