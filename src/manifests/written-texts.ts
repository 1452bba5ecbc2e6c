import type { Path } from './node-path.ts';

/** How an entry is written: on a line of its own, or between braces, where JSON's rules hold too. */
export type Style =
  { readonly kind: 'flow' } | { readonly kind: 'block'; readonly indent: string; readonly newline: string };

// What no parser of YAML, 1.1 or 1.2, takes for anything but text: no number, no `yes`, no `null`.
const PLAIN_VALUE = /^[A-Za-z][\w+/=.-]{5,}$/;
const PLAIN_KEY = /^[A-Za-z_][\w-]*(?:[./][\w-]+)*$/;
const WORDS = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null', 'y', 'n']);

/** A text as a value: plain where that is certain to be read as a text, and quoted otherwise. */
export function scalarText(value: string, kind: Style['kind']): string {
  return kind === 'block' && PLAIN_VALUE.test(value) ? value : JSON.stringify(value);
}

/**
 * The entries that lead to a text.
 *
 * @example entryText(['data', 'a'], 'value', { kind: 'flow' }) // "data": { "a": "value" }
 */
export function entryText([key, ...rest]: Path, value: string, style: Style): string {
  const name = keyText(String(key), style.kind);
  if (style.kind === 'flow')
    return rest.length === 0
      ? `${name}: ${scalarText(value, 'flow')}`
      : `${name}: { ${entryText(rest, value, style)} }`;
  if (rest.length === 0) return `${name}: ${scalarText(value, 'block')}`;
  const indent = `${style.indent}  `;
  return `${name}:${style.newline}${indent}${entryText(rest, value, { ...style, indent })}`;
}

function keyText(key: string, kind: Style['kind']): string {
  return kind === 'block' && PLAIN_KEY.test(key) && !WORDS.has(key.toLowerCase()) ? key : JSON.stringify(key);
}
