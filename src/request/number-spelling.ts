import { LatchkeyError } from '../errors.ts';

/** Strings are matched first, so that digits in them are none. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*/g;

/** In every Node that we run on, and not yet in TypeScript's library. */
const { rawJSON: rawJson } = JSON as typeof JSON & { readonly rawJSON: (text: string) => unknown };

/** Writes JSON in which numbers stand as their document spells them: `JSON.parse` makes 12345678901234567000 of more digits. */
export interface NumberSpelling {
  /** Compact. Throws LK-PROPERTY where it cannot be told which of two numbers of the document is meant. */
  stringify(value: unknown): string;
}

export function createNumberSpelling(json: string): NumberSpelling {
  const spelled = spellingsOf(json);
  return {
    stringify: (value) =>
      JSON.stringify(value, (_key, part: unknown) => {
        if (typeof part !== 'number') return part;
        const text = spelled.get(part);
        if (text === 'ambiguous') throw ambiguous();
        if (text === undefined && !Number.isFinite(part)) throw tooLarge();
        return text === undefined ? part : rawJson(text);
      }),
  };
}

/** Only numbers that `JSON.stringify` would write differently. */
function spellingsOf(json: string): ReadonlyMap<number, string> {
  const spelled = new Map<number, string>();
  for (const [token] of json.matchAll(TOKEN)) {
    if (token.startsWith('"')) continue;
    const value = Number(token);
    const known = spelled.get(value);
    if (known === undefined) spelled.set(value, token);
    else if (known !== token) spelled.set(value, isExact(known, token) ? JSON.stringify(value) : 'ambiguous');
  }
  return spelled;
}

/** Whether two spellings are one number, and not two that a double cannot tell apart. */
function isExact(one: string, other: string): boolean {
  return one !== 'ambiguous' && decimal(one) === decimal(other);
}

/** A number's digits without zeros at either end, and where its point is. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutEndZeros(digits);
  if (significant === '') return '0';
  const point = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${mantissa.startsWith('-') ? '-' : ''}${significant}e${String(point)}`;
}

/** No regular expression: those look for the end from each zero anew. */
function withoutEndZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

/** JSON has no such number, and would say null. */
function tooLarge(): LatchkeyError {
  return new LatchkeyError(
    'LK-PROPERTY',
    'what jmesPath finds is a number that is too large',
    'Store such numbers as strings.',
  );
}

function ambiguous(): LatchkeyError {
  return new LatchkeyError(
    'LK-PROPERTY',
    'what jmesPath finds is a number that cannot be told from another one of the secret: both have too many digits',
    'Store such numbers as strings.',
  );
}
