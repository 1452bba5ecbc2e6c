// JSON as KES reads and writes it: by JavaScript's own rules. Digits beyond a double are lost, and keys that are whole
// numbers come first.

import { LatchkeyError } from '../../errors.ts';
import { textOf } from '../../request/encoding.ts';
import { DEEPEST } from '../../request/property.ts';

/** Whether a parsed document nests deeper than anybody writes; serialising recurses. */
function isTooDeep(document: unknown): boolean {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: document, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= DEEPEST) return true;
    for (const value of Object.values(next.value)) open.push({ value, depth: next.depth + 1 });
  }
  return false;
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The parser's message repeats the text: nothing of it may leave this function.
    return undefined;
  }
}

/**
 * The document that a value is.
 * @throws LatchkeyError LK-NOT-JSON, without any text of the value
 */
export function readJsonValue(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  const document = text === undefined ? undefined : parse(text);
  if (document === undefined) {
    throw new LatchkeyError(
      'LK-NOT-JSON',
      'the value is not JSON, and KES would leave the key out',
      'Store JSON, or take the whole value with key and name alone.',
    );
  }
  if (isTooDeep(document.value)) {
    throw new LatchkeyError(
      'LK-NOT-JSON',
      `the value is JSON nested more than ${DEEPEST} deep`,
      'Store what is needed less deep.',
    );
  }
  return document.value;
}

/** The text of a parsed value as KES writes it: numbers as JavaScript does (`Infinity` too), lists and objects as JSON. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
