import type { Budget } from '../limits.ts';
import { Dict, List, SizedInteger, typeName, type Value } from '../values/value.ts';
import { printedScalar } from './print.ts';
import { quotedBytes } from './quote.ts';

/** `%#v`: a value as it would stand in a Go program. */
export function goSyntax(value: Value, budget: Budget, inside = false): string {
  budget.spend(1);
  if (value instanceof List || value instanceof Dict) {
    return budget.deeper(() => compound(value, budget));
  }
  if (value === null) return inside ? 'interface {}(nil)' : '<nil>';
  if (typeof value === 'string') return quotedBytes(value);
  if (value instanceof SizedInteger && value.type === 'uint8') return `0x${value.value.toString(16)}`;
  return printedScalar(value);
}

function compound(value: List | Dict, budget: Budget): string {
  if (value instanceof List && value.nil) return `${typeName(value)}(nil)`;
  const parts =
    value instanceof List
      ? value.items.map((item) => goSyntax(item, budget, true))
      : value.sorted().map(([key, item]) => `${quotedBytes(key)}:${goSyntax(item, budget, true)}`);
  const length = parts.reduce((sum, part) => sum + part.length + 2, 0);
  budget.string(length);
  return `${typeName(value)}{${parts.join(', ')}}`;
}
