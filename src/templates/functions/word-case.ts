import { Fault } from '../template-error.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from '../values/utf8.ts';
import { type FunctionTable, takes, text } from './signature.ts';

type Kind = 'connector' | 'punctuation' | 'upper' | 'lower' | 'number' | 'other';

interface Word {
  readonly kind: Kind;
  readonly text: string;
}

/** Letters that have no case and are words by themselves do not belong to the word of a Latin letter. */
const LOWER =
  '(?:(?![\\p{Lu}\\u3034-\\u30fe\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{2fa1f}])\\p{L})';
const CONNECTOR = '[-_\\p{White_Space}]';
const WORDS = new RegExp(
  [
    `(?<connector>${CONNECTOR}+)`,
    '(?<punctuation>\\p{P}+)',
    // Of several capital letters before a small one, the last begins the next word.
    `(?<upper>\\p{Lu}{2,}(?!${LOWER})|\\p{Lu}${LOWER}*)`,
    `(?<lower>${LOWER}+)`,
    '(?<number>\\p{N}+)',
    `(?<other>(?:(?!${CONNECTOR}|${LOWER}|\\p{P}|\\p{N}|\\p{Lu})[^])+)`,
  ].join('|'),
  'gu',
);

function wordsOf(characters: string): readonly Word[] {
  return [...characters.matchAll(WORDS)].map(({ 0: text, groups = {} }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Kind | undefined;
    return { kind: kind ?? 'other', text };
  });
}

function isOne(word: Word | undefined, ...kinds: readonly Kind[]): boolean {
  return word !== undefined && kinds.includes(word.kind);
}

/** Whether a connector is put before a word: one stands there already, or punctuation parts enough. */
function parts(word: Word | undefined): boolean {
  return word !== undefined && !isOne(word, 'connector', 'punctuation');
}

/**
 * Small letters, and a connector between words. A number belongs to the word before it (`bld4_floor`), unless small
 * letters follow, to which it then belongs (`http_2xx`).
 */
function connected(characters: string, connector: string): string {
  const words = wordsOf(characters);
  let at = 0;
  let result = '';
  const take = (): void => {
    const { kind, text } = words[at] ?? { kind: 'other', text: '' };
    at += 1;
    if (kind === 'connector') result += connector.repeat(Array.from(text).length);
    else result += kind === 'upper' ? text.toLowerCase() : text;
  };
  const takeNumber = (): void => {
    take();
    while (isOne(words[at], 'lower', 'number')) take();
    if (parts(words[at])) result += connector;
  };
  const takeWord = (): void => {
    take();
    if (isOne(words[at], 'number')) {
      if (isOne(words[at + 1], 'lower')) {
        result += connector;
        takeNumber();
        return;
      }
      take();
    }
    if (parts(words[at])) result += connector;
  };
  while (at < words.length) {
    if (isOne(words[at], 'number')) takeNumber();
    else if (parts(words[at])) takeWord();
    else take();
  }
  return result;
}

const CONNECTS = /^[-_\p{White_Space}]$/u;
const CAPITAL = /^\p{Lu}$/u;

/** Each word with a capital letter, and no connectors but those that stand first or double. */
function pascal(characters: string): string {
  const all = Array.from(characters);
  const start = all.findIndex((each) => !CONNECTS.test(each));
  // Of connectors alone the library writes the last one twice.
  if (start === -1) return characters + (all.at(-1) ?? '');
  let result = all.slice(0, start).join('');
  let before = all[start] ?? '';
  let capitals = CAPITAL.test(before);
  before = before.toUpperCase();
  for (const character of all.slice(start + 1)) {
    let next = character;
    if (CONNECTS.test(before)) {
      if (CONNECTS.test(character)) {
        result += before;
        before = character;
        continue;
      }
      capitals = CAPITAL.test(character);
      next = character.toUpperCase();
    } else {
      capitals &&= CAPITAL.test(character);
      if (capitals) next = character.toLowerCase();
      result += before;
    }
    before = next;
  }
  return result + before;
}

function ofText(change: (characters: string) => string): FunctionTable[string] {
  return takes([text], ([bytes]) => {
    if (!isUtf8(bytes)) throw new Fault('words need text in UTF-8');
    return encodeUtf8(change(decodeUtf8(bytes)));
  });
}

export const WORD_CASE: FunctionTable = {
  snakecase: ofText((characters) => connected(characters, '_')),
  kebabcase: ofText((characters) => connected(characters, '-')),
  camelcase: ofText(pascal),
};
