import { notConvertible } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import type { Formula, Value } from '../templates/formula.ts';

export interface GoText {
  readonly text: string;
  readonly differences: readonly Difference[];
}

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/**
 * A formula as a Go template of External Secrets Operator.
 *
 * @throws LatchkeyError where there is no equivalent
 */
export function goText(formula: Formula): GoText {
  const differences = new Set<Difference>();
  const written = formula.map((part) => {
    if (typeof part === 'string') return escaped(part);
    noteDifferences(part, differences);
    return `{{ ${pipeline(part)} }}`;
  });
  return { text: written.join(''), differences: [...differences] };
}

/** Text in which nothing opens an action. */
function escaped(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

/** What of a formula's own differences shows in a template, too, and what a template adds. */
function noteDifferences(value: Value, into: Set<Difference>): void {
  if (value.kind === 'key') into.add('to-eso-template');
  if (value.kind === 'member') into.add('to-eso-numbers');
  if (value.kind === 'decoded') into.add('to-eso-base64');
  if (value.differences?.includes('url-marks') === true) into.add('url-marks');
  const inside = value.kind === 'encoded' ? value.of : value.kind === 'key' ? [] : [value.of];
  for (const part of inside) if (typeof part !== 'string') noteDifferences(part, into);
}

/** A value as a pipeline. */
function pipeline(value: Value): string {
  switch (value.kind) {
    case 'key':
      return FIELD.test(value.key) ? `.${value.key}` : `index . ${JSON.stringify(value.key)}`;
    case 'member':
      return member(value);
    case 'decoded':
      return `${pipeline(value.of)} | b64dec`;
    case 'function':
      return `${pipeline(value.of)} | ${value.name}`;
    default:
      return `${joined(value.of)} | ${ENCODINGS[value.as]}`;
  }
}

/** `urlquery` writes a blank as `+`, and a `+` of the value as `%2B`. */
const ENCODINGS = {
  base64: 'b64enc',
  url: 'urlquery | replace "+" "%20"',
  json: 'toRawJson',
} as const;

/** An operand: what is more than a field stands in parentheses. */
function operand(value: Value): string {
  const written = pipeline(value);
  return /^\.[A-Za-z0-9_]+$/.test(written) ? written : `(${written})`;
}

function joined(formula: Formula): string {
  const [only] = formula;
  if (formula.length === 1 && only !== undefined && typeof only !== 'string') return pipeline(only);
  const format = formula
    .map((part) => (typeof part === 'string' ? part.replaceAll('%', '%%') : '%s'))
    .join('');
  const values = formula.flatMap((part) => (typeof part === 'string' ? [] : [operand(part)]));
  if (values.length === 0) throw notConvertible('its template encodes a constant');
  return `printf ${JSON.stringify(format)} ${values.join(' ')}`;
}

/** Each key behind the other: fields of objects, and indexes of lists. */
function member({ of, keys }: Extract<Value, { kind: 'member' }>): string {
  return keys.reduce(
    (inner, key) => {
      if (INDEX.test(key)) return `(index ${inner} ${key})`;
      return FIELD.test(key) ? `${inner}.${key}` : `(index ${inner} ${JSON.stringify(key)})`;
    },
    `(fromJson ${operand(of)})`,
  );
}
