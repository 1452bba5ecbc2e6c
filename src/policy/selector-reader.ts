import { nearest } from '../nearest.ts';
import { quoted } from '../quote.ts';
import type { Reader } from './policy-reader.ts';
import { type Expression, type Operator, OPERATORS, type Selector } from './selector.ts';

/** A label selector of the operator's file, in the form that Kubernetes manifests have. */
export function readSelector(reader: Reader, path: string, value: unknown): Selector | undefined {
  const fields = reader.fields(path, value, ['matchLabels', 'matchExpressions']);
  if (fields === undefined) return undefined;
  if (fields.size === 0) {
    reader.note(
      path,
      'it selects by nothing',
      'Leave it out, or write `matchLabels:` or `matchExpressions:`.',
    );
  }
  const matchLabels = new Map<string, string>();
  if (fields.has('matchLabels')) {
    const labels = fields.get('matchLabels');
    const keys = labels instanceof Map ? [...labels.keys()].filter((key) => typeof key === 'string') : [];
    for (const [key, label] of reader.fields(`${path}.matchLabels`, labels, keys) ?? []) {
      matchLabels.set(key, reader.text(`${path}.matchLabels.${key}`, label) ?? '');
    }
  }
  const matchExpressions: Expression[] = [];
  if (fields.has('matchExpressions')) {
    const list = reader.list(`${path}.matchExpressions`, fields.get('matchExpressions')) ?? [];
    for (const [index, entry] of list.entries()) {
      const expression = readExpression(reader, `${path}.matchExpressions[${String(index)}]`, entry);
      if (expression !== undefined) matchExpressions.push(expression);
    }
  }
  return { matchLabels, matchExpressions };
}

function readExpression(reader: Reader, path: string, value: unknown): Expression | undefined {
  const fields = reader.fields(path, value, ['key', 'operator', 'values']);
  if (fields === undefined) return undefined;
  const key = reader.text(`${path}.key`, fields.get('key'));
  const operator = readOperator(reader, `${path}.operator`, fields.get('operator'));
  const values = fields.has('values') ? readValues(reader, `${path}.values`, fields.get('values')) : [];
  if (key === undefined || operator === undefined) return undefined;
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues !== values.length > 0) {
    const message = takesValues ? `${operator} needs values` : `${operator} takes no values`;
    reader.note(path, message, 'Write it as in any Kubernetes label selector.');
  }
  return { key, operator, values };
}

function readOperator(reader: Reader, path: string, value: unknown): Operator | undefined {
  const written = reader.text(path, value);
  const operator = OPERATORS.find((known) => known === written);
  if (written === undefined || operator !== undefined) return operator;
  const near = nearest(written, OPERATORS);
  const hint = near === undefined ? '' : `; did you mean ${quoted(near)}`;
  reader.note(path, `${quoted(written)} is no operator${hint}`, `Known: ${OPERATORS.join(', ')}.`);
  return undefined;
}

function readValues(reader: Reader, path: string, value: unknown): readonly string[] {
  const list = reader.list(path, value) ?? [];
  return list.flatMap((entry, index) => reader.text(`${path}[${String(index)}]`, entry) ?? []);
}
