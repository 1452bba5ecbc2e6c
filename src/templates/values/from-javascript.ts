import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { encodeUtf8 } from './utf8.ts';
import { Dict, List, type Value } from './value.ts';

/** Why a value has no place among JSON's. */
export class NotJson extends Fault {}

/**
 * What Go makes of a JSON document when it knows no type: every number a `float64`. A number beyond that is an error
 * there, and here {@link NotJson}.
 */
export function fromJavaScript(value: unknown, budget: Budget): Value {
  budget.spend(1);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return encodeUtf8(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotJson('a number is too large');
    return value;
  }
  if (Array.isArray(value)) {
    return budget.deeper(() => new List(value.map((item) => fromJavaScript(item, budget))));
  }
  if (typeof value !== 'object') throw new NotJson('a value that JSON does not have');
  return budget.deeper(() => {
    const entries = Object.entries(value).map(
      ([key, item]) => [encodeUtf8(key), fromJavaScript(item, budget)] as const,
    );
    return new Dict(entries);
  });
}
