import type { Problem } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { printable, quoted } from '../quote.ts';
import type { Glob } from './glob.ts';
import { type PatternKind, readPattern } from './patterns.ts';

/** More entries than this in one list are a mistake. */
const MAX_ENTRIES = 1000;

/** Reads a parsed document piece by piece; whatever is wrong is noted with its path, and reading goes on. */
export interface Reader {
  note(path: string, message: string, remedy: string): void;
  /** The entries of a mapping, with every unknown field noted. `undefined` if it is no mapping. */
  fields(path: string, value: unknown, known: readonly string[]): ReadonlyMap<string, unknown> | undefined;
  list(path: string, value: unknown): readonly unknown[] | undefined;
  text(path: string, value: unknown): string | undefined;
  globs(path: string, value: unknown, kind: PatternKind): readonly Glob[] | undefined;
}

export function createReader(problems: Problem[], lineOf: (path: string) => number | undefined): Reader {
  function note(path: string, message: string, remedy: string): void {
    const line = lineOf(path);
    const field = line === undefined ? path : `${path} (line ${String(line)})`;
    problems.push({
      code: 'LK-CONFIG',
      place: `policy ${printable(path)}`,
      field: printable(field),
      message,
      remedy,
    });
  }

  function wrongType(path: string, value: unknown, wanted: string): undefined {
    note(path, `${typeName(value)} stands where ${wanted} must be`, `Write ${wanted} there.`);
    return undefined;
  }

  function fields(
    path: string,
    value: unknown,
    known: readonly string[],
  ): ReadonlyMap<string, unknown> | undefined {
    if (!(value instanceof Map)) return wrongType(path, value, 'a mapping');
    const found = new Map<string, unknown>();
    for (const [key, entry] of value as ReadonlyMap<unknown, unknown>) {
      if (typeof key === 'string' && known.includes(key)) {
        found.set(key, entry);
        continue;
      }
      const name = typeof key === 'string' ? key : typeName(key);
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `; did you mean ${quoted(near)}`;
      note(path, `unknown field ${quoted(name)}${hint}`, `Known here: ${known.join(', ')}.`);
    }
    return found;
  }

  function list(path: string, value: unknown): readonly unknown[] | undefined {
    if (!Array.isArray(value)) return wrongType(path, value, 'a list');
    if (value.length > MAX_ENTRIES) {
      note(path, `the list has more than ${String(MAX_ENTRIES)} entries`, 'Use fewer, wider patterns.');
      return undefined;
    }
    return value;
  }

  function text(path: string, value: unknown): string | undefined {
    return typeof value === 'string' ? value : wrongType(path, value, 'text');
  }

  function globs(path: string, value: unknown, kind: PatternKind): readonly Glob[] | undefined {
    const found: Glob[] = [];
    for (const [index, entry] of (list(path, value) ?? []).entries()) {
      const place = `${path}[${String(index)}]`;
      const pattern = text(place, entry);
      if (pattern === undefined) continue;
      const read = readPattern(kind, pattern);
      if ('glob' in read) found.push(read.glob);
      else note(place, read.message, 'See docs/policy.md for what a pattern may be.');
    }
    return found;
  }

  return { note, fields, list, text, globs };
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof Map) return 'a mapping';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'a number' : `a ${typeof value}`;
}
