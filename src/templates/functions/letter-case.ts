import { mapRunes, runesOf } from '../values/utf8.ts';
import { type FunctionTable, takes, text } from './signature.ts';

const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const UPPER = /\p{Lu}/u;
const LOWER = /\p{Ll}/u;
const TITLE = /\p{Lt}/u;
const WORD = /[\p{L}\p{Nd}_]/u;

export function isSpace(rune: number): boolean {
  return SPACE.test(String.fromCodePoint(rune));
}

/** Go maps character to character: where Unicode's full mapping gives several, the simple one counts, or none. */
function single(rune: number, mapped: string, simple: number | undefined): number {
  if (simple !== undefined) return simple;
  const [first, ...more] = mapped;
  return first === undefined || more.length > 0 ? rune : (first.codePointAt(0) ?? rune);
}

/** Greek with a iota below: the full mapping to upper case writes the iota apart, the simple one does not. */
function simpleUpper(rune: number): number | undefined {
  if (rune < 0x1f80 || rune > 0x1ff3) return undefined;
  if (rune <= 0x1faf) return rune & 8 ? rune : rune + 8;
  return [0x1fb3, 0x1fc3, 0x1ff3].includes(rune) ? rune + 9 : undefined;
}

function toUpper(rune: number): number {
  return single(rune, String.fromCodePoint(rune).toUpperCase(), simpleUpper(rune));
}

function toLower(rune: number): number {
  const dottedI = 0x130;
  return single(rune, String.fromCodePoint(rune).toLowerCase(), rune === dottedI ? 0x69 : undefined);
}

/** Upper case, but for the letters that have a case of their own at the beginning of a word (`ǆ`, `ǅ`). */
function toTitle(rune: number): number {
  if (rune >= 0x1c4 && rune <= 0x1cc) return 0x1c5 + 3 * Math.floor((rune - 0x1c4) / 3);
  if (rune >= 0x1f1 && rune <= 0x1f3) return 0x1f2;
  const georgian = (rune >= 0x10d0 && rune <= 0x10fa) || (rune >= 0x10fd && rune <= 0x10ff);
  return georgian ? rune : toUpper(rune);
}

/** What parts words for `title`: of what is not ASCII, only white space does. */
function partsWords(rune: number): boolean {
  return rune < 0x80 ? !WORD.test(String.fromCodePoint(rune)) : isSpace(rune);
}

function title(bytes: string): string {
  let before = 0x20;
  return mapRunes(bytes, (rune) => {
    const starts = partsWords(before);
    before = rune;
    return starts ? toTitle(rune) : rune;
  });
}

function untitle(bytes: string): string {
  let starts = true;
  return mapRunes(bytes, (rune) => {
    const lowers = starts && !isSpace(rune);
    starts = isSpace(rune);
    return lowers ? toLower(rune) : rune;
  });
}

/** Upper to lower and lower to upper; lower at the beginning of a word to title. */
function swapcase(bytes: string): string {
  let starts = true;
  return mapRunes(bytes, (rune) => {
    const character = String.fromCodePoint(rune);
    const first = starts;
    if (UPPER.test(character) || TITLE.test(character)) {
      starts = false;
      return toLower(rune);
    }
    if (!LOWER.test(character)) {
      starts = isSpace(rune);
      return rune;
    }
    starts = false;
    return first ? toTitle(rune) : toUpper(rune);
  });
}

/** White space at both ends, as Unicode has it. */
export function trimmed(bytes: string): string {
  let start = -1;
  let end = 0;
  let at = 0;
  for (const { rune, size } of runesOf(bytes)) {
    if (!isSpace(rune)) {
      if (start === -1) start = at;
      end = at + size;
    }
    at += size;
  }
  return start === -1 ? '' : bytes.slice(start, end);
}

export const LETTER_CASE: FunctionTable = {
  upper: takes([text], ([bytes]) => mapRunes(bytes, toUpper)),
  lower: takes([text], ([bytes]) => mapRunes(bytes, toLower)),
  title: takes([text], ([bytes]) => title(bytes)),
  untitle: takes([text], ([bytes]) => untitle(bytes)),
  swapcase: takes([text], ([bytes]) => swapcase(bytes)),
};
