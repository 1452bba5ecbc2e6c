import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { decodeRune } from '../values/utf8.ts';
import { Dict, List, SizedInteger, type Value } from '../values/value.ts';

export interface JsonOptions {
  /** `<`, `>` and `&` become `\u003c` and the like, as Go does unless told otherwise. */
  readonly html: boolean;
  /** How many spaces a level is indented by; none for one line. */
  readonly indent: number;
}

/** What Go's `encoding/json` has short escapes for. */
export const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;

function unicodeEscape(rune: number): string {
  return `\\u${rune.toString(16).padStart(4, '0')}`;
}

/** A JSON string of these bytes; a byte that is no UTF-8 becomes `\ufffd`. */
function jsonText(bytes: string, html: boolean): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const { rune, size, invalid } = decodeRune(bytes, at);
    const character = bytes.slice(at, at + size);
    const named = SHORT_ESCAPES.get(character);
    const escapes =
      invalid ?? (rune < 0x20 || rune === 0x2028 || rune === 0x2029 || (html && '<>&'.includes(character)));
    text += named ?? (escapes ? unicodeEscape(rune) : character);
    at += size;
  }
  return `"${text}"`;
}

/** As JavaScript writes numbers, which is how Go writes them into JSON. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Fault('JSON has no infinity');
  return Object.is(value, -0) ? '-0' : String(value);
}

function scalar(value: Exclude<Value, List | Dict>, html: boolean): string {
  if (typeof value === 'string') return jsonText(value, html);
  if (typeof value === 'number') return jsonNumber(value);
  return value instanceof SizedInteger ? value.value.toString() : String(value);
}

/** A value as Go's encoding/json writes it: the keys of maps sorted, a slice that was never made as null. */
export function json(value: Value, options: JsonOptions, budget: Budget, level = 0): string {
  budget.spend(1);
  if (!(value instanceof List || value instanceof Dict)) return scalar(value, options.html);
  if (value instanceof List && value.nil) return 'null';
  return budget.deeper(() => {
    const colon = options.indent > 0 ? ': ' : ':';
    const parts =
      value instanceof List
        ? value.items.map((item) => json(item, options, budget, level + 1))
        : value.sorted().map(([key, item]) => {
            return jsonText(key, options.html) + colon + json(item, options, budget, level + 1);
          });
    const [open, close] = value instanceof List ? ['[', ']'] : ['{', '}'];
    if (parts.length === 0) return open + close;
    const line = options.indent > 0 ? `\n${' '.repeat(options.indent * (level + 1))}` : '';
    const end = options.indent > 0 ? `\n${' '.repeat(options.indent * level)}` : '';
    budget.string(parts.reduce((sum, part) => sum + part.length + line.length + 1, end.length));
    return `${open}${line}${parts.join(`,${line}`)}${end}${close}`;
  });
}
