import type { Budget } from '../limits.ts';
import { compileRegularExpression, type Match, type RegularExpression } from '../regular-expression.ts';
import { Fault } from '../template-error.ts';
import { Closure, type Js, Pattern, toNumber, toText } from './values.ts';

const COST_A_STEP = 500;

/** A literal of JavaScript as a pattern of RE2. What only JavaScript has is malformed there. */
function compiled({ source, flags }: Pattern, subject: string, budget: Budget): RegularExpression {
  if (/[^gims]/.test(flags))
    throw new Fault('a flag of the regular expression is not supported', 'Use g, i, m and s.');
  const inline = flags.replace('g', '');
  const unescaped = source.replace(/\\([/-])/g, '$1');
  const named = unescaped.replaceAll('(?<', '(?P<');
  const expression = compileRegularExpression(inline === '' ? named : `(?${inline})${named}`);
  budget.spend((expression.size * (subject.length + expression.size)) / COST_A_STEP);
  return expression;
}

/** The group that one or two digits name, and the digit that then is none of it. */
function groupOf(digits: string, { groups }: Match): readonly [text: string, rest: string] | undefined {
  for (const name of [digits, digits.slice(0, 1)]) {
    const group = Number(name);
    if (group > 0 && group < groups.length) return [groups[group] ?? '', digits.slice(name.length)];
  }
  return undefined;
}

/** `$1`, `$&`, `$$` of a replacement; every other dollar sign stays. */
function expanded(replacement: string, match: Match, subject: string): string {
  const signs: Readonly<Record<string, string>> = {
    $: '$',
    '&': match.groups[0] ?? '',
    '`': subject.slice(0, match.start),
    "'": subject.slice(match.end),
  };
  return replacement.replace(
    /\$([$&`']|[0-9]{1,2})/g,
    (whole: string, what: string) => signs[what] ?? groupOf(what, match)?.join('') ?? whole,
  );
}

function literalMatches(subject: string, text: string, all: boolean, budget: Budget): readonly Match[] {
  const found: Match[] = [];
  for (let at = subject.indexOf(text); at !== -1; at = subject.indexOf(text, at + Math.max(1, text.length))) {
    budget.elements(1);
    found.push({ start: at, end: at + text.length, groups: [text] });
    if (!all || at === subject.length) break;
  }
  return found;
}

function matchesOf(subject: string, pattern: Js, all: boolean, budget: Budget): readonly Match[] {
  if (!(pattern instanceof Pattern)) return literalMatches(subject, toText(pattern, budget), all, budget);
  const global = pattern.flags.includes('g');
  if (all && !global) throw new Fault('replaceAll wants a regular expression with the flag g');
  return compiled(pattern, subject, budget).matches(subject, global ? undefined : 1);
}

/** `replace` and `replaceAll`. */
export function replaced(
  subject: string,
  [pattern, by]: readonly Js[],
  budget: Budget,
  all: boolean,
): string {
  if (by instanceof Closure)
    throw new Fault('a function as a replacement is not supported', 'Give it a text.');
  const replacement = toText(by, budget);
  let result = '';
  let end = 0;
  for (const match of matchesOf(subject, pattern, all, budget)) {
    const piece = subject.slice(end, match.start) + expanded(replacement, match, subject);
    budget.fits(result.length + piece.length);
    budget.work(piece.length);
    result += piece;
    end = match.end;
  }
  return result + subject.slice(end);
}

function pieces(subject: string, pattern: Pattern, budget: Budget): readonly Js[] {
  const found: Js[] = [];
  let end = 0;
  for (const match of compiled(pattern, subject, budget).matches(subject)) {
    // A match of nothing parts two characters, but stands at neither end.
    if (match.end === match.start && (match.start === end || match.start >= subject.length)) continue;
    found.push(subject.slice(end, match.start), ...match.groups.slice(1));
    end = match.end;
  }
  return [...found, subject.slice(end)];
}

/** `split`, by a text or a regular expression. */
export function split(subject: string, [separator, limit]: readonly Js[], budget: Budget): readonly Js[] {
  if (separator === undefined) return [subject];
  const parts =
    separator instanceof Pattern
      ? pieces(subject, separator, budget)
      : subject.split(toText(separator, budget));
  budget.elements(parts.length);
  return limit === undefined ? parts : parts.slice(0, toNumber(limit) >>> 0);
}
