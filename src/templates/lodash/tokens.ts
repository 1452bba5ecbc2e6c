import { SyntaxFault } from '../syntax/syntax-fault.ts';
import type { Piece } from './pieces.ts';

export interface Token {
  readonly kind:
    'name' | 'number' | 'string' | 'template' | 'pattern' | 'sign' | 'text' | 'open' | 'close' | 'end';
  /** The sign, the name, the value of a string or number, the text between two pieces of code. */
  readonly text: string;
  readonly at: number;
  /** Of a `template`: its expressions between its texts; of `text` one more than of these. */
  readonly parts?: readonly (readonly Token[])[];
  readonly texts?: readonly string[];
  /** Of a `pattern`: what stands behind its second slash. */
  readonly flags?: string;
  /** Of an `open`: the value is escaped for HTML. */
  readonly escapes?: boolean;
}

const SPACE = /(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*)+/y;
const NAME = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER =
  /(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\p{L}\p{Nd}_$])/uy;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const PATTERN = /\/((?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+)\/([a-z]*)/y;
const SIGN =
  /===|!==|\.\.\.|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?![0-9])|\+\+|--|[+\-*/%]=|\*\*|[{}()[\],;:.?!<>=+\-*/%]/y;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['0', '\0'],
  ['\n', ''],
]);

/** The value of the text between quotation marks. */
function unescaped(text: string, at: number): string {
  return text.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/gu,
    (...found) => {
      const [, braced, four, two, other] = found as (string | undefined)[];
      const code = Number.parseInt(braced ?? four ?? two ?? '', 16);
      if (!Number.isNaN(code) && code <= 0x10ffff) return String.fromCodePoint(code);
      if (other === undefined || 'ux123456789'.includes(other))
        throw new SyntaxFault('an escape that is none', at);
      return ESCAPES.get(other) ?? other;
    },
  );
}

interface Scanned {
  readonly tokens: readonly Token[];
  readonly end: number;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A slash begins a pattern where no value stands before it. */
function startsPattern(before: Token | undefined): boolean {
  if (before === undefined || before.kind === 'open') return true;
  return before.kind === 'sign' ? ![')', ']', '}'].includes(before.text) : before.text === 'return';
}

const MAX_NESTING = 20;

/** Reads JavaScript up to the end of the text, or up to a brace that closes what it did not open. */
function scan(text: string, from: number, base: number, nesting = 0): Scanned {
  if (nesting > MAX_NESTING) throw new SyntaxFault('nested too deeply', base + from);
  const tokens: Token[] = [];
  let braces = 0;
  let at = from;
  for (;;) {
    at += match(SPACE, text, at)?.[0].length ?? 0;
    const ends = at >= text.length || (text[at] === '}' && braces === 0 && nesting > 0);
    if (ends) return { tokens, end: at };
    const { token, end } =
      text[at] === '`' ? scanTemplate(text, at, base, nesting) : scanToken(text, at, base, tokens.at(-1));
    tokens.push(token);
    braces += nestingOf(token);
    at = end;
  }
}

function nestingOf({ kind, text }: Token): number {
  if (kind !== 'sign') return 0;
  return Number(text === '{') - Number(text === '}');
}

interface Found {
  readonly token: Token;
  readonly end: number;
}

function scanToken(text: string, at: number, base: number, before: Token | undefined): Found {
  const token = (kind: Token['kind'], found: string, value = found): Found => ({
    token: { kind, text: value, at: base + at },
    end: at + found.length,
  });
  const name = match(NAME, text, at);
  if (name !== null) return token('name', name[0]);
  const number = match(NUMBER, text, at);
  if (number !== null) return token('number', number[0]);
  const string = match(STRING, text, at);
  if (string !== null) return token('string', string[0], unescaped(string[0].slice(1, -1), base + at));
  const pattern = text[at] === '/' && startsPattern(before) ? match(PATTERN, text, at) : null;
  if (pattern !== null) {
    const [whole, source = '', flags = ''] = pattern;
    return { token: { kind: 'pattern', text: source, flags, at: base + at }, end: at + whole.length };
  }
  const sign = match(SIGN, text, at);
  if (sign !== null) return token('sign', sign[0]);
  throw new SyntaxFault('a character that has no meaning here', base + at);
}

/** `` `text ${expression} text` `` */
function scanTemplate(text: string, start: number, base: number, nesting: number): Found {
  const texts: string[] = [];
  const parts: (readonly Token[])[] = [];
  let from = start + 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') {
      texts.push(unescaped(text.slice(from, at), base + start));
      return { token: { kind: 'template', text: '', texts, parts, at: base + start }, end: at + 1 };
    } else if (text.startsWith('${', at)) {
      texts.push(unescaped(text.slice(from, at), base + start));
      const inner = scan(text, at + 2, base, nesting + 1);
      parts.push([...inner.tokens, { kind: 'end', text: '', at: base + inner.end }]);
      at = inner.end;
      from = at + 1;
    }
  }
  throw new SyntaxFault('a ` is not closed', base + start);
}

/** The whole template as one row of tokens: its texts, and the expressions between `open` and `close`, stand among them. */
export function tokensOf(pieces: readonly Piece[], end: number): readonly Token[] {
  const tokens = pieces.flatMap(({ kind, text, at }): readonly Token[] => {
    if (kind === 'text') return [{ kind, text, at }];
    const code = scan(text, 0, at).tokens;
    if (kind === 'code') return code;
    const close = { kind: 'close', text: '', at: at + text.length } as const;
    return [{ kind: 'open', text: '', at, escapes: kind === 'escaped' }, ...code, close];
  });
  return [...tokens, { kind: 'end', text: '', at: end }];
}
