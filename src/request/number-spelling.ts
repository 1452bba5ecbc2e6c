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
        const text = typeof part === 'number' ? spelled.get(part) : undefined;
        if (text === 'ambiguous') throw ambiguous();
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
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const point = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${mantissa.startsWith('-') ? '-' : ''}${significant}e${String(point)}`;
}

function ambiguous(): LatchkeyError {
  return new LatchkeyError(
    'LK-PROPERTY',
    'what jmesPath finds is a number that cannot be told from another one of the secret: both have too many digits',
    'Store such numbers as strings.',
  );
}
