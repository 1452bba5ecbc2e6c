import { LatchkeyError } from '../errors.ts';
import { IN_PLACE_PREFIX, IN_PLACE_VARIABLE_PREFIX } from '../names.ts';
import { closedText, expansionTokens } from './kubelet-expansion.ts';
import type { InPlace } from './plan.ts';
import { hiddenVariable } from './slot.ts';
import { closingOf } from './template.ts';

/** An `env` value that asks in place: its text, and which references stand between. */
export type InPlaceValue = Pick<InPlace, 'pieces' | 'references'>;

const OPENING = `((${IN_PLACE_PREFIX}`;

/** What can only be meant as a reference in place, well written or not. */
const MEANT = /latchkey:\s*(?:ssm|secretsmanager|sealed|arn):/i;

function unclosed(): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', `a ${OPENING} is not closed`, 'Close the reference with )).');
}

/** Left as it is, it would reach the program instead of the secret. */
function checkNothingMeant(text: string): void {
  if (!MEANT.test(text)) return;
  throw new LatchkeyError(
    'LK-SYNTAX',
    `${IN_PLACE_PREFIX} stands where no reference is read`,
    `Write ${IN_PLACE_PREFIX}REFERENCE as the whole value, or ${OPENING}REFERENCE)) within text, in lower case and without blanks before it.`,
  );
}

/** The text before a reference, as it will stand before a `$(…)`; nothing for no text. */
function textPieces(text: string): readonly string[] {
  checkNothingMeant(text);
  if (text.includes(`$(${IN_PLACE_VARIABLE_PREFIX}`)) {
    throw new LatchkeyError(
      'LK-RESERVED',
      `the value refers to a variable whose name begins with ${IN_PLACE_VARIABLE_PREFIX}`,
      "Those are Latchkey's own: write the reference instead.",
    );
  }
  return text === '' ? [] : [text];
}

function readMixed(value: string): InPlaceValue {
  const pieces: (string | number)[] = [];
  const references: string[] = [];
  let at = 0;
  for (let opening = value.indexOf(OPENING); opening !== -1; opening = value.indexOf(OPENING, at)) {
    const from = opening + OPENING.length;
    const end = closingOf(value, from);
    if (end === -1) throw unclosed();
    pieces.push(...textPieces(closedText(value.slice(at, opening))), references.length);
    references.push(value.slice(from, end - 2).trim());
    at = end;
  }
  pieces.push(...textPieces(value.slice(at)));
  return { pieces, references };
}

/**
 * Reads a value as written: `latchkey:<reference>`, or text with `((latchkey:<reference>))` in it; `undefined` when it
 * asks for nothing. Throws LK-SYNTAX for a reference without end or where none is read, LK-RESERVED for a `$(…)` that only
 * we may write.
 */
export function readInPlaceValue(value: string): InPlaceValue | undefined {
  const trimmed = value.trim();
  if (trimmed.startsWith(IN_PLACE_PREFIX)) {
    return { pieces: [0], references: [trimmed.slice(IN_PLACE_PREFIX.length)] };
  }
  if (value.includes(OPENING)) return readMixed(value);
  checkNothingMeant(value);
  return undefined;
}

/** Whether {@link readInPlaceValue} would find something in it, well written or not. */
export function asksInPlace(value: string): boolean {
  return value.trimStart().startsWith(IN_PLACE_PREFIX) || value.includes(OPENING) || MEANT.test(value);
}

/** Whether the value is one reference and nothing else: it needs no hidden variable. */
export function isPureInPlace(inPlace: Pick<InPlace, 'pieces'>): boolean {
  return inPlace.pieces.length === 1 && inPlace.pieces[0] === 0;
}

/**
 * The pieces of a value that an earlier round wrote, with `$(LK_IN_PLACE_<VAR>_<n>)` where the references stood;
 * `undefined` unless it refers to each of the `count` hidden variables once, in order.
 */
export function readDeliveredValue(
  value: string,
  variable: string,
  count: number,
): InPlace['pieces'] | undefined {
  const pieces: (string | number)[] = [];
  let next = 0;
  for (const { text, variable: found } of expansionTokens(value)) {
    const last = pieces.at(-1);
    if (next < count && found === hiddenVariable(variable, next)) {
      pieces.push(next);
      next += 1;
    } else if (typeof last === 'string') pieces[pieces.length - 1] = last + text;
    else pieces.push(text);
  }
  return next === count ? pieces : undefined;
}
