import { SHORT_ESCAPES } from '../../templates/format/json.ts';
import { formatShortest } from './go-number.ts';

/** As it comes from `JSON.parse`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function escaped(character: string): string {
  return SHORT_ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function encodeString(text: string, html: boolean): string {
  const special = html ? /["\\\0-\x1f\u2028\u2029<>&]/g : /["\\\0-\x1f\u2028\u2029]/g;
  return `"${text.toWellFormed().replace(special, escaped)}"`;
}

/** Go compares strings by their bytes, which is by code points and not by UTF-16. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * JSON as Go's `encoding/json` writes a value that it has read into `any`: keys sorted by bytes, no white space, numbers as
 * doubles. With `html`, what `json.Marshal` escapes is escaped.
 */
export function encodeJson(value: Json, html: boolean): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatShortest(value);
  if (typeof value === 'string') return encodeString(value, html);
  if (isList(value)) return `[${value.map((item) => encodeJson(item, html)).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => byBytes(a, b));
  return `{${members.map(([key, item]) => `${encodeString(key, html)}:${encodeJson(item, html)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
