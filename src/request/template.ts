import { LatchkeyError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { Reference } from './reference.ts';
import { formatReference, parseReference, STORES } from './reference.ts';
import type { Use } from './reference-options.ts';

/** One piece of a template before its references are read. */
export type RawPart = { readonly text: string } | { readonly reference: string };

/** A value in which the references are found, but not read. */
export type RawTemplate =
  | { readonly kind: 'pure'; readonly reference: string }
  | { readonly kind: 'mixed'; readonly parts: readonly RawPart[] };

export type ParsedTemplate = readonly (string | Reference)[];

const PURE = /^(?:ssm|secretsmanager|sealed|arn|latchkey):/;
const STORE_LIKE = /^([A-Za-z][A-Za-z0-9_-]*):(?!\/\/|\s|$)/;

/** In a property: a quoted key, or what decides where the reference ends. */
const PROPERTY_TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|["()]/gsu;

function closingOfProperty(text: string, from: number): number {
  const tokens = new RegExp(PROPERTY_TOKEN);
  tokens.lastIndex = from;
  let depth = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const [token] = found;
    if (token === '"') return -1;
    if (token === '(') depth += 1;
    else if (token === ')' && depth > 0) depth -= 1;
    else if (token === ')' && text[found.index + 1] === ')') return found.index + 2;
  }
  return -1;
}

/**
 * The index just behind the `))` that closes a reference which begins at `from`; -1 when nothing closes it. Behind the
 * `#`, double quotes and parentheses are balanced.
 */
export function closingOf(text: string, from: number): number {
  const closing = text.indexOf('))', from);
  if (closing === -1) return -1;
  const hash = text.slice(from, closing).indexOf('#');
  return hash === -1 ? closing + 2 : closingOfProperty(text, from + hash + 1);
}

function unclosed(): LatchkeyError {
  return new LatchkeyError(
    'LK-SYNTAX',
    'a (( is not closed',
    'Close the reference with )), or write \\(( for two literal parentheses.',
  );
}

/** Splits at `((reference))`; `\((` is a literal `((`, and of more than two parentheses the last two open. */
function splitParts(value: string): readonly RawPart[] {
  const parts: RawPart[] = [];
  let literal = '';
  let at = 0;
  while (at < value.length) {
    if (value.startsWith('\\((', at)) {
      literal += '((';
      at += 3;
    } else if (value.startsWith('((', at) && value[at + 2] !== '(') {
      const end = closingOf(value, at + 2);
      if (end === -1) throw unclosed();
      if (literal !== '') parts.push({ text: literal });
      literal = '';
      parts.push({ reference: value.slice(at + 2, end - 2) });
      at = end;
    } else {
      literal += value[at];
      at += 1;
    }
  }
  if (literal !== '') parts.push({ text: literal });
  return parts;
}

/** Why a value without a reference has none. The value itself is never repeated: it may be the secret. */
function noReference(value: string): LatchkeyError {
  const store = STORE_LIKE.exec(value)?.[1];
  const hint = store === undefined ? '' : didYouMean(store, STORES);
  if (hint !== '') {
    return new LatchkeyError(
      'LK-UNKNOWN',
      'the store that this begins with is not known',
      `Stores are ssm, secretsmanager, or an ARN.${hint}`,
    );
  }
  const substituted =
    'A shell, Helm, kustomize, Flux, Argo CD or Terraform may have substituted it away: look at what was applied.';
  const spelling = value.startsWith('/')
    ? 'A parameter is written with its store: ssm:/name.'
    : 'A reference reads ssm:/name, secretsmanager:name#key or an ARN; within text it stands in double parentheses.';
  return new LatchkeyError(
    'LK-NO-REFERENCE',
    value === '' ? 'the value is empty, so it holds no reference' : 'the value holds no reference',
    `${substituted} ${spelling}`,
  );
}

/** Whether the whole value is one reference: a `((` behind its first `#` belongs to the property. */
function isPure(trimmed: string): boolean {
  if (!PURE.test(trimmed)) return false;
  const opening = trimmed.indexOf('((');
  const hash = trimmed.indexOf('#');
  return opening === -1 || (hash !== -1 && hash < opening);
}

/**
 * Finds the references of an annotation's value without reading them, so that each can be reported on its own.
 * Throws LK-NO-REFERENCE, LK-UNKNOWN (a misspelt store) or LK-SYNTAX (a `((` without end).
 */
export function splitTemplate(value: string): RawTemplate {
  const trimmed = value.trim();
  if (isPure(trimmed)) return { kind: 'pure', reference: trimmed };
  const parts = splitParts(value);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined && 'reference' in only) return { kind: 'pure', reference: only.reference.trim() };
  if (!parts.some((part) => 'reference' in part)) throw noReference(trimmed);
  return { kind: 'mixed', parts };
}

/**
 * Reads a value that is one reference (white space around it does not count), or text with references in double
 * parentheses (kept as it is). Throws LatchkeyError, for the first thing that is wrong.
 *
 * @example parseTemplate('postgres://app:((secretsmanager:db?encode=url#password))@db/app')
 */
export function parseTemplate(value: string, use: Use = 'value'): ParsedTemplate {
  const raw = splitTemplate(value);
  if (raw.kind === 'pure') return [parseReference(raw.reference, use)];
  return raw.parts.map((part) => ('text' in part ? part.text : parseReference(part.reference)));
}

/** A template in its one canonical spelling; {@link parseTemplate} reads the same template from it. */
export function formatTemplate(template: ParsedTemplate): string {
  const [only, ...more] = template;
  if (only !== undefined && typeof only !== 'string' && more.length === 0) return formatReference(only);
  return template
    .map((part) =>
      typeof part === 'string' ? part.replaceAll('((', '\\((') : `((${formatReference(part)}))`,
    )
    .join('');
}
