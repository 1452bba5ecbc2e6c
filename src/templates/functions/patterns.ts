import type { Budget } from '../limits.ts';
import {
  compileRegularExpression,
  type Match,
  quoteMeta,
  type RegularExpression,
} from '../regular-expression.ts';
import { Fault } from '../template-error.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from '../values/utf8.ts';
import { List } from '../values/value.ts';
import { type FunctionTable, int, takes, text } from './signature.ts';

/** Instructions of a pattern times characters that count as one step. */
const COST_A_STEP = 500;

/** Go matches bytes that are no UTF-8 too; here they are refused, as the characters of a text are what is matched. */
function readable(bytes: string): string {
  if (isUtf8(bytes)) return decodeUtf8(bytes);
  throw new Fault(
    'a regular expression needs text in UTF-8',
    'Encode the bytes first, for example with b64enc.',
  );
}

interface Subject {
  readonly pattern: string;
  readonly expression: RegularExpression;
  readonly subject: string;
}

function compiled(pattern: string, bytes: string, budget: Budget): Subject {
  const expression = compileRegularExpression(readable(pattern));
  const subject = readable(bytes);
  budget.spend((expression.size * (subject.length + expression.size)) / COST_A_STEP);
  return { pattern, expression, subject };
}

function wholeOf({ groups }: Match): string {
  return encodeUtf8(groups[0] ?? '');
}

function found(matches: readonly Match[], budget: Budget): List {
  budget.elements(matches.length);
  return new List(matches.map(wholeOf), 'string', matches.length === 0);
}

function limitOf(count: bigint): number {
  return count < 0n ? Number.POSITIVE_INFINITY : Number(count);
}

/** Go's `Split`: what stands between the matches, in at most `count` parts. */
function splitAt({ pattern, expression, subject }: Subject, count: bigint, budget: Budget): List {
  if (count === 0n) return new List([], 'string', true);
  const limit = limitOf(count);
  if (pattern !== '' && subject === '') return new List([''], 'string');
  const parts: string[] = [];
  let from = 0;
  let end = 0;
  for (const match of expression.matches(subject)) {
    budget.elements(1);
    if (parts.length >= limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(subject.slice(from, end));
    from = match.end;
  }
  if (end !== subject.length) parts.push(subject.slice(from));
  return new List(parts.map(encodeUtf8), 'string');
}

function replaced({ expression, subject }: Subject, replacement: string, budget: Budget): string {
  return encodeUtf8(expression.replace(subject, readable(replacement), (length) => budget.fits(length)));
}

const regexMatch = takes([text, text], ([pattern, bytes], budget) => {
  const { expression, subject } = compiled(pattern, bytes, budget);
  return expression.test(subject);
});
const regexFind = takes([text, text], ([pattern, bytes], budget) => {
  const { expression, subject } = compiled(pattern, bytes, budget);
  const [match] = expression.matches(subject, 1);
  return match === undefined ? '' : wholeOf(match);
});
const regexFindAll = takes([text, text, int], ([pattern, bytes, count], budget) => {
  const { expression, subject } = compiled(pattern, bytes, budget);
  return found(expression.matches(subject, limitOf(count)), budget);
});
const regexSplit = takes([text, text, int], ([pattern, bytes, count], budget) =>
  splitAt(compiled(pattern, bytes, budget), count, budget),
);
const regexReplaceAll = takes([text, text, text], ([pattern, bytes, replacement], budget) =>
  replaced(compiled(pattern, bytes, budget), replacement, budget),
);
const regexReplaceAllLiteral = takes([text, text, text], ([pattern, bytes, replacement], budget) =>
  replaced(compiled(pattern, bytes, budget), replacement.replaceAll('$', '$$$$'), budget),
);

export const PATTERNS: FunctionTable = {
  regexMatch,
  mustRegexMatch: regexMatch,
  regexFind,
  mustRegexFind: regexFind,
  regexFindAll,
  mustRegexFindAll: regexFindAll,
  regexSplit,
  mustRegexSplit: regexSplit,
  regexReplaceAll,
  mustRegexReplaceAll: regexReplaceAll,
  regexReplaceAllLiteral,
  mustRegexReplaceAllLiteral: regexReplaceAllLiteral,
  regexQuoteMeta: takes([text], ([bytes]) => quoteMeta(bytes)),
};
