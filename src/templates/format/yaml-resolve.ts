import { integerFrom } from '../syntax/numbers.ts';

/** What a plain scalar of YAML 1.1 stands for. */
export type Resolved =
  | { readonly kind: 'null' | 'text' | 'merge' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number };

const TEXT: Resolved = { kind: 'text' };
const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...spellings(['y', 'yes', 'true', 'on'], { kind: 'bool', value: true }),
  ...spellings(['n', 'no', 'false', 'off'], { kind: 'bool', value: false }),
  ...spellings(['', '~', 'null'], { kind: 'null' }),
  ...spellings(['.inf', '+.inf'], { kind: 'float', value: Number.POSITIVE_INFINITY }),
  ...spellings(['-.inf'], { kind: 'float', value: Number.NEGATIVE_INFINITY }),
  ...spellings(['.nan', '.NaN'], { kind: 'float', value: Number.NaN }),
]);

function spellings(words: readonly string[], resolved: Resolved): readonly (readonly [string, Resolved])[] {
  return words.flatMap((word) => {
    const first = word.search(/[a-z]/);
    const capital = word.slice(0, first) + word.charAt(first).toUpperCase() + word.slice(first + 1);
    return [word, capital, word.toUpperCase()].map((spelling) => [spelling, resolved] as const);
  });
}

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const BINARY = /^(-?)0b([01]+)$/;
const TIMESTAMP =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.[0-9]+)?))?$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const MOST = 2n ** 64n;
const LEAST = -(2n ** 63n);

/** Whether a day is in the calendar, and its hours, minutes and seconds on the clock. */
function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (parts === undefined) return false;
  const [year = 0, month = 0, day = 0, ...times] = parts;
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const inTime = times.every((part, index) => part < (index % 3 === 0 ? 24 : 60));
  return inTime && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function finite(text: string): Resolved {
  const value = Number(text);
  return Number.isFinite(value) ? { kind: 'float', value } : TEXT;
}

function number(text: string): Resolved {
  const plain = text.replaceAll('_', '');
  const binary = BINARY.exec(plain);
  const integer = binary === null ? integerFrom(plain) : BigInt(`0b${binary[2] ?? ''}`);
  const value = binary?.[1] === '-' && integer !== undefined ? -integer : integer;
  if (value !== undefined && value >= LEAST && value < MOST) return { kind: 'integer', value };
  return FLOAT.test(plain) ? finite(plain) : TEXT;
}

/** What the YAML library of Kubernetes takes a plain scalar for. Dates stay text. */
export function resolvePlain(text: string): Resolved {
  if (text === '<<') return { kind: 'merge' };
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return FLOAT.test(text) ? finite(text) : TEXT;
  return /^[0-9+-]/.test(text) && !isTimestamp(text) ? number(text) : TEXT;
}

/** Whether a plain scalar would be read as this very text, by this library and by those that know sexagesimals. */
export function readsAsText(text: string): boolean {
  if (/^[0-9+-]/.test(text) && (isTimestamp(text) || BASE_60.test(text))) return false;
  // A merge key is one only where it is read.
  return text === '<<' || resolvePlain(text).kind === 'text';
}
