import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { decodeUtf8, encodeUtf8 } from '../values/utf8.ts';
import { Dict, List, type Value } from '../values/value.ts';
import { exponentFloat, generalFloat } from './float.ts';
import { printedScalar } from './print.ts';
import { keysInOrder } from './yaml-order.ts';
import { isSimpleKey, yamlText } from './yaml-scalar.ts';

/** What the library that reads the JSON in between does not take. */
export class NotYaml extends Fault {}

/** Where a value is written: how far what follows is indented, and how much stands before it in its line. */
interface Place {
  readonly indent: number;
  readonly column: number;
}

function text(bytes: string, place: Place, key = false): string {
  const characters = decodeUtf8(bytes);
  if (/[\u007f\u0080-\u0084\u0086-\u009f\ufffe\uffff]/.test(characters))
    throw new NotYaml('a control character');
  return yamlText(characters, { ...place, key });
}

/** Numbers are JSON's in between: a float without places comes out as an integer. */
function float(value: number): string {
  if (!Number.isFinite(value)) throw new NotYaml('infinity');
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e21) {
    return size < 2 ** 63 || (size < 2 ** 64 && value > 0) ? String(value) : exponentFloat(value);
  }
  return generalFloat(value);
}

function scalar(value: Exclude<Value, List | Dict>, place: Place): string {
  if (typeof value === 'string') return text(value, place);
  if (typeof value === 'number') return float(value);
  return value === null ? 'null' : printedScalar(value);
}

interface Writer {
  readonly budget: Budget;
}

/** What stands behind `key:` or `-`, with the white space before it. */
function behind(value: Value, { indent, column }: Place, after: 'key' | 'dash', writer: Writer): string {
  if (value instanceof Dict && value.entries.size > 0) {
    const inner = indent + 2;
    const lines = mapLines(value, inner, writer);
    return after === 'dash' ? ` ${lines.slice(inner)}` : `\n${lines}`;
  }
  if (value instanceof List && value.items.length > 0) {
    // Below a key, the dashes stand in the column of the key.
    if (after === 'key') return `\n${listLines(value, indent, writer)}`;
    return ` ${listLines(value, indent + 2, writer).slice(indent + 2)}`;
  }
  return ` ${leaf(value, { indent: indent + 2, column: column + 1 })}`;
}

/** A value on its line, the new line behind it included. */
function leaf(value: Value, place: Place): string {
  if (value instanceof Dict) return '{}\n';
  if (value instanceof List) return value.nil ? 'null\n' : '[]\n';
  const written = scalar(value, place);
  // A block that keeps its last line break has ended its line.
  return /^\|[^\n]*\n/.test(written) && written.endsWith('\n') ? written : `${written}\n`;
}

function mapLines(value: Dict, indent: number, writer: Writer): string {
  return writer.budget.deeper(() => {
    const lines = keysInOrder(value).map(([key, item]) => {
      const pad = ' '.repeat(indent);
      const characters = decodeUtf8(key);
      if (isSimpleKey(characters)) {
        const written = `${pad}${text(key, { indent, column: indent }, true)}:`;
        return written + behind(item, { indent, column: Array.from(written).length }, 'key', writer);
      }
      const complex = leaf(key, { indent: indent + 2, column: indent + 2 });
      return `${pad}? ${complex}${pad}:${behind(item, { indent, column: indent + 1 }, 'dash', writer)}`;
    });
    return together(lines, writer);
  });
}

function listLines(value: List, indent: number, writer: Writer): string {
  return writer.budget.deeper(() => {
    const place = { indent, column: indent + 1 };
    const lines = value.items.map((item) => `${' '.repeat(indent)}-${behind(item, place, 'dash', writer)}`);
    return together(lines, writer);
  });
}

function together(lines: readonly string[], { budget }: Writer): string {
  budget.spend(lines.length);
  budget.string(lines.reduce((sum, line) => sum + line.length, 0));
  return lines.join('');
}

/**
 * A value in the bytes that the YAML library of Kubernetes writes (`sigs.k8s.io/yaml`): the keys in its order, lists
 * not indented below their key, each text in the style that it chooses. Throws {@link NotYaml}.
 */
export function yaml(value: Value, budget: Budget): string {
  const writer = { budget };
  if (value instanceof Dict && value.entries.size > 0) return encodeUtf8(mapLines(value, 0, writer));
  if (value instanceof List && value.items.length > 0) return encodeUtf8(listLines(value, 0, writer));
  return encodeUtf8(leaf(value, { indent: 2, column: 0 }));
}
