import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { decodeRune, encodeRune } from '../values/utf8.ts';
import { Dict, integerOf, List, typeName, type Value } from '../values/value.ts';
import { type Directive, DirectiveReader } from './directive.ts';
import { formatFloat } from './float-verbs.ts';
import { goSyntax } from './go-syntax.ts';
import { formatInteger } from './integer-verbs.ts';
import { padded } from './pad.ts';
import { joined } from './print.ts';
import { quotedBytes } from './quote.ts';

/**
 * Go's `Sprintf`. Where the format and its arguments do not fit and Go would print `%!d(string=…)` with the value in
 * it, it throws {@link Fault}.
 */
export function formatted(format: string, args: readonly Value[], budget: Budget): string {
  const reader = new DirectiveReader(format, args);
  let text = '';
  for (;;) {
    const percent = format.indexOf('%', reader.at);
    const end = percent === -1 ? format.length : percent;
    text += format.slice(reader.at, end);
    budget.fits(text.length);
    if (percent === -1) break;
    reader.at = percent + 1;
    const directive = reader.read();
    budget.fits(text.length);
    budget.string(Math.max(directive.width ?? 0, directive.precision ?? 0));
    text += directive.verb === '%' ? '%' : formattedValue(reader.argument(), directive, budget);
    budget.spend(1);
  }
  reader.finish();
  budget.string(text.length);
  return text;
}

function formattedValue(value: Value, directive: Directive, budget: Budget): string {
  const { verb, sharp } = directive;
  if (verb === 'T') return padded(typeName(value), directive);
  if (verb === 'v' && sharp) return goSyntax(value, budget);
  if (value instanceof List || value instanceof Dict) {
    const parts = joined(value, budget, (item) => formattedValue(item, directive, budget));
    return value instanceof List ? `[${parts}]` : `map[${parts}]`;
  }
  return formattedScalar(value, directive) ?? unfit(value, directive);
}

function unfit(value: Value, { verb }: Directive): never {
  const shown = /^[\x21-\x7e]$/.test(verb) ? `%${verb}` : 'a verb that is none';
  throw new Fault(
    `${shown} does not take a value of type ${typeName(value)}`,
    'Use %s for texts, %d for integers, %v for everything; convert with int or toString.',
  );
}

/** Undefined when the verb does not take such a value. */
function formattedScalar(value: Exclude<Value, List | Dict>, directive: Directive): string | undefined {
  const { verb } = directive;
  if (value === null) return verb === 'v' ? padded('<nil>', directive) : undefined;
  if (typeof value === 'boolean') return 'tv'.includes(verb) ? padded(String(value), directive) : undefined;
  if (typeof value === 'string') return formatText(value, directive);
  if (typeof value === 'number') return formatFloat(value, directive);
  return formatInteger(integerOf(value) ?? 0n, directive);
}

function truncated(bytes: string, precision: number | undefined): string {
  if (precision === undefined) return bytes;
  let at = 0;
  for (let left = precision; left > 0 && at < bytes.length; left -= 1) at += decodeRune(bytes, at).size;
  return bytes.slice(0, at);
}

function formatText(bytes: string, directive: Directive): string | undefined {
  switch (directive.verb) {
    case 'v':
    case 's':
      return padded(truncated(bytes, directive.precision), directive);
    case 'q':
      return padded(quotedText(truncated(bytes, directive.precision), directive), directive);
    case 'x':
      return hexText(bytes, directive);
    case 'X':
      return hexText(bytes, directive).toUpperCase();
    default:
      return undefined;
  }
}

/** `%#q` is a raw string where that can hold the text. */
function quotedText(bytes: string, { sharp, plus }: Directive): string {
  const raw = sharp && !/[`\0-\x08\x0a-\x1f\x7f]/.test(bytes) && holdsInRaw(bytes);
  return raw ? `\`${bytes}\`` : quotedBytes(bytes, { ascii: plus });
}

function holdsInRaw(bytes: string): boolean {
  const mark = encodeRune(0xfeff);
  for (let at = 0; at < bytes.length;) {
    const { size, invalid } = decodeRune(bytes, at);
    if (invalid || bytes.startsWith(mark, at)) return false;
    at += size;
  }
  return true;
}

/** The zero flag pads a text too, since it may only stand to the left. */
function hexText(bytes: string, directive: Directive): string {
  const { precision, space, sharp } = directive;
  const pairs = [...Buffer.from(bytes.slice(0, precision), 'latin1')].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const prefix = sharp && pairs.length > 0 ? '0x' : '';
  return padded(prefix + pairs.join(space ? ` ${prefix}` : ''), directive);
}
