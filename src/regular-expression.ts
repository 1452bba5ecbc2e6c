import { RE2JS, RE2JSException } from 're2js';

import { LatchkeyError } from './errors.ts';

/** An expression that somebody else wrote, matched in time that grows with the text and never with a power of it. */
export interface RegularExpression {
  /** Whether it matches somewhere in the text. */
  matches(text: string): boolean;
  /** Every match replaced, with `$1` and `${name}` as Go's `regexp` expands them. */
  replaceAll(text: string, replacement: string): string;
}

const MAX_LENGTH = 1000;

/**
 * Compiles an expression in RE2's syntax, which is Go's and so External Secrets Operator's. JavaScript's own engine
 * would let a manifest stop the process.
 *
 * @throws LatchkeyError LK-SYNTAX when it is none, or longer than 1000 characters
 */
export function compileRegularExpression(source: string): RegularExpression {
  if (source.length > MAX_LENGTH) throw notAnExpression(`is longer than ${MAX_LENGTH} characters`);
  const expression = compile(source);
  return {
    matches: (text) => expression.matcher(text).find(),
    replaceAll: (text, replacement) =>
      expression
        .matcher(text)
        .replaceAll((...match: unknown[]) => expand(replacement, groupsOf(match, expression.groupCount()))),
  };
}

interface Groups {
  readonly numbered: readonly unknown[];
  readonly named: Readonly<Record<string, unknown>>;
}

/** A replacer's arguments: the match, its groups, the offset, the whole text, and the named groups if there are any. */
function groupsOf(match: readonly unknown[], count: number): Groups {
  const named = match[count + 3];
  return {
    numbered: match.slice(0, count + 1),
    named: typeof named === 'object' && named !== null ? (named as Groups['named']) : {},
  };
}

const VARIABLE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** Go's expansion: the longest name counts, `$$` is a dollar sign, and a group that is not there is empty. */
function expand(replacement: string, { numbered, named }: Groups): string {
  return replacement.replaceAll(VARIABLE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return '$';
    const group = /^\d+$/.test(name) ? numbered[Number(name)] : Object.hasOwn(named, name) ? named[name] : '';
    return typeof group === 'string' ? group : '';
  });
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    // The library's text quotes the expression.
    if (error instanceof RE2JSException) throw notAnExpression('is not valid');
    throw error;
  }
}

function notAnExpression(what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-SYNTAX',
    `the regular expression ${what}`,
    'Write it in RE2 syntax, as Go does: no look-around and no back-references.',
  );
}
