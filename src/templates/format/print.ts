import type { Budget } from '../limits.ts';
import { Dict, List, SizedInteger, type Value } from '../values/value.ts';
import { generalFloat } from './float.ts';

/** `%v` of what has no parts. */
export function printedScalar(value: Exclude<Value, List | Dict>): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return generalFloat(value);
  return value instanceof SizedInteger ? value.value.toString() : String(value);
}

/** Puts the parts of a list or map together with spaces between them, counting each. `part` prints one of them. */
export function joined(value: List | Dict, budget: Budget, part: (value: Value) => string): string {
  return budget.deeper(() => {
    const parts: string[] = [];
    let length = 0;
    const add = (piece: string) => {
      budget.spend(1);
      length += piece.length + 1;
      budget.fits(length);
      budget.work(piece.length);
      parts.push(piece);
    };
    if (value instanceof List) for (const item of value.items) add(part(item));
    else for (const [key, item] of value.sorted()) add(`${part(key)}:${part(item)}`);
    return parts.join(' ');
  });
}

/** A value as Go prints it (`%v`): lists as `[a b]`, maps as `map[k:v]` in the order of their keys. */
export function printed(value: Value, budget: Budget): string {
  if (!(value instanceof List || value instanceof Dict)) return printedScalar(value);
  const parts = joined(value, budget, (item) => printed(item, budget));
  return value instanceof List ? `[${parts}]` : `map[${parts}]`;
}

/** Go's `Sprint`: a space between two operands when neither is a string. */
export function printedTogether(values: readonly Value[], budget: Budget): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const before = values[index - 1];
    const parted = index > 0 && typeof before !== 'string' && typeof value !== 'string';
    const piece = printed(value, budget);
    budget.fits(text.length + piece.length + 1);
    text += parted ? ` ${piece}` : piece;
  }
  return text;
}

/** Go's `Sprintln`: a space between all operands, and a new line. */
export function printedLine(values: readonly Value[], budget: Budget): string {
  return `${values.map((value) => printed(value, budget)).join(' ')}\n`;
}
