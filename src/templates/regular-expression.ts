import { RE2JS } from 're2js';
import { Fault } from './template-error.ts';

/** A match: its place in the text, and each group, `undefined` where a group took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** A regular expression in Go's syntax (RE2), which takes time linear in the text, whatever the pattern. */
export interface RegularExpression {
  /** How much one character of a text costs at worst: the number of instructions that the pattern makes. */
  readonly size: number;
  /** Whether it matches anywhere: nothing is anchored by itself. */
  test(text: string): boolean;
  /** At most `limit` matches, one behind the other. */
  matches(text: string, limit?: number): readonly Match[];
  /**
   * Each match becomes `replacement`, in which `$1` and `${name}` stand for groups and `$$` for a dollar sign. `fits` is
   * told how long the result has become, and may throw.
   */
  replace(text: string, replacement: string, fits?: (length: number) => void): string;
}

const MAX_PATTERN = 1000;

/** Instructions of the pattern times characters of the text: about a tenth of a second. */
const MAX_COST = 5_000_000;

const MAX_MATCHES = 20_000;

function wrongPattern(message: string): Fault {
  return new Fault(
    message,
    'Correct the pattern: it has the syntax of Go (RE2), without look-around and back references.',
  );
}

/**
 * Compiles a pattern. Throws {@link Fault} for one that is malformed, too long or too large; and so do its methods for
 * a text that is too long for it.
 *
 * @param longest how many characters it may have
 */
export function compileRegularExpression(pattern: string, longest: number = MAX_PATTERN): RegularExpression {
  if (pattern.length > longest) {
    throw wrongPattern(`the regular expression is longer than ${String(longest)} characters`);
  }
  const compiled = compile(pattern);
  const size = compiled.programSize();
  const checked = (text: string): string => {
    if (size * text.length <= MAX_COST) return text;
    throw new Fault('the text is too long for so large a regular expression', 'Make the pattern smaller.');
  };
  return {
    size,
    test: (text) => compiled.matcher(checked(text)).find(),
    matches: (text, limit) => matchesOf(compiled, checked(text), limit),
    replace: (text, replacement, fits) => replaced(compiled, checked(text), { replacement, fits }),
  };
}

function compile(pattern: string): RE2JS {
  try {
    // The library reads (?<=…) as a lookbehind only where it is asked to, which it is not.
    return RE2JS.compile(pattern);
  } catch {
    // Its message quotes the pattern, which may have been made of a secret.
    throw wrongPattern('the regular expression is malformed');
  }
}

/** As Go: an empty match right behind another one does not count. */
function matchesOf(compiled: RE2JS, text: string, limit = Number.POSITIVE_INFINITY): readonly Match[] {
  const matcher = compiled.matcher(text);
  const found: Match[] = [];
  let previousEnd = -1;
  while (found.length < limit && matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    const accepted = end > start || start !== previousEnd;
    previousEnd = end;
    if (!accepted) continue;
    const groups = Array.from(
      { length: matcher.groupCount() + 1 },
      (_, group) => matcher.group(group) ?? undefined,
    );
    found.push({ start, end, groups });
    if (found.length > MAX_MATCHES) {
      throw new Fault(
        `the regular expression matches more than ${String(MAX_MATCHES)} times`,
        'Match more at once.',
      );
    }
  }
  return found;
}

const REFERENCE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** The text that a replacement becomes for one match. `$1x` is the group named `1x`, which is none: nothing. */
function expanded(replacement: string, { groups }: Match, names: ReadonlyMap<string, number>): string {
  return replacement.replace(REFERENCE, (whole: string, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return '$';
    const group = /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : names.get(name);
    return group === undefined ? '' : (groups[group] ?? '');
  });
}

interface Replacing {
  readonly replacement: string;
  readonly fits: ((length: number) => void) | undefined;
}

function replaced(compiled: RE2JS, text: string, { replacement, fits }: Replacing): string {
  const names = new Map(Object.entries(compiled.namedGroups()));
  let result = '';
  let end = 0;
  for (const match of matchesOf(compiled, text)) {
    result += text.slice(end, match.start) + expanded(replacement, match, names);
    fits?.(result.length);
    end = match.end;
  }
  return result + text.slice(end);
}

const META = /[\\.+*?()|[\]{}^$]/g;

/** A pattern that matches this text and nothing else. */
export function quoteMeta(text: string): string {
  return text.replace(META, '\\$&');
}
