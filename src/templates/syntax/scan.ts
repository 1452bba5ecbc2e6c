import { SyntaxFault } from './syntax-fault.ts';

export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'keyword'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'char'
  | 'number'
  | 'string'
  | 'sign'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  /** White space stands before it, which parts `.a .b` from `.a.b`. */
  readonly apart: boolean;
}

const KEYWORDS = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);
const SPACE = /[ \t\r\n]*/y;
const WORD = /[\p{L}\p{Nd}_]+/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/y;
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"/y;
const RAW = /`[^`]*`/y;
const CHARACTER = /'(?:[^'\\\n]|\\[^\n])*'/y;
const SIGNS = /:=|[=|(),]/y;
/** What may follow a name: white space, a sign of the grammar, or the end of the action. */
const TERMINATOR = /$|[\s.,|:()]|\}\}/y;

/** The text of a pattern that matches right at a place; undefined for nothing. */
function matched(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Splits a template at its actions, trims around `{{-` and `-}}`, and leaves comments out. Throws {@link SyntaxFault}. */
export function scan(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimmed = false;
  for (;;) {
    const opening = text.indexOf('{{', at);
    const end = opening === -1 ? text.length : opening;
    const trims = opening !== -1 && /^-[ \t\r\n]/.test(text.slice(opening + 2, opening + 4));
    const part = textPart(text.slice(at, end), trimmed, trims);
    if (part !== '') tokens.push({ kind: 'text', text: part, at, apart: false });
    if (opening === -1) break;
    const start = opening + (trims ? 4 : 2);
    const close = text.startsWith('/*', start)
      ? scanComment(text, start)
      : scanAction(text, opening, start, tokens);
    at = close.end;
    trimmed = close.trims;
  }
  tokens.push({ kind: 'end', text: '', at: text.length, apart: true });
  return tokens;
}

function textPart(text: string, trimStart: boolean, trimEnd: boolean): string {
  const from = trimStart ? text.replace(/^[ \t\r\n]+/, '') : text;
  return trimEnd ? withoutTrailingSpace(from) : from;
}

/** A loop, as a pattern that looks for white space at the end takes time that grows with the square. */
function withoutTrailingSpace(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

interface Close {
  readonly end: number;
  readonly trims: boolean;
}

function closeAt(text: string, at: number): Close | undefined {
  if (text.startsWith('}}', at)) return { end: at + 2, trims: false };
  const trims = /^[ \t\r\n]-\}\}$/.test(text.slice(at, at + 4));
  return trims ? { end: at + 4, trims } : undefined;
}

function scanComment(text: string, at: number): Close {
  const end = text.indexOf('*/', at + 2);
  if (end === -1) throw new SyntaxFault('a comment without its end', at);
  const close = closeAt(text, end + 2);
  if (close === undefined) throw new SyntaxFault('a comment ends before its action does', at);
  return close;
}

/** The end of an action, which stands at `at`; its trim marker may take one of the spaces before. */
function actionClose(text: string, before: number, at: number): Close | undefined {
  return closeAt(text, at) ?? (at > before ? closeAt(text, at - 1) : undefined);
}

function parenthesisOf({ kind, text }: Token): number {
  return kind === 'sign' ? Number(text === '(') - Number(text === ')') : 0;
}

function scanAction(text: string, opening: number, start: number, tokens: Token[]): Close {
  tokens.push({ kind: 'left', text: '{{', at: opening, apart: false });
  let at = start;
  let parentheses = 0;
  for (;;) {
    const before = at;
    at += matched(SPACE, text, at)?.length ?? 0;
    const close = actionClose(text, before, at);
    if (close !== undefined) {
      if (parentheses !== 0) throw new SyntaxFault('a parenthesis is not closed', opening);
      tokens.push({ kind: 'right', text: '}}', at, apart: at > before });
      return close;
    }
    if (at >= text.length) throw new SyntaxFault('an action without its end }}', opening);
    const token = scanToken(text, at, at > before);
    parentheses += parenthesisOf(token);
    if (parentheses < 0) throw new SyntaxFault('a parenthesis that nothing opens', at);
    tokens.push(token);
    at += token.text.length;
  }
}

function scanToken(text: string, at: number, apart: boolean): Token {
  const token = (kind: TokenKind, found: string): Token => ({ kind, text: found, at, apart });
  const first = text[at] ?? '';
  if (first === '"' || first === '`' || first === "'") return token(...scanQuoted(text, at, first));
  if (first === '.' && !/[0-9]/.test(text[at + 1] ?? '')) return scanName(text, at, apart);
  if (first === '$') return scanName(text, at, apart);
  if (/[0-9.+-]/.test(first)) return token('number', scanNumber(text, at));
  const sign = matched(SIGNS, text, at);
  if (sign !== undefined) return token('sign', sign);
  const word = matched(WORD, text, at);
  if (word === undefined) throw new SyntaxFault('a character that has no meaning in an action', at);
  checkTerminated(text, at, word);
  return token(wordKind(word), word);
}

function wordKind(word: string): TokenKind {
  if (KEYWORDS.has(word)) return 'keyword';
  if (word === 'true' || word === 'false') return 'bool';
  return word === 'nil' ? 'nil' : 'identifier';
}

function checkTerminated(text: string, at: number, found: string): void {
  if (matched(TERMINATOR, text, at + found.length) === undefined) {
    throw new SyntaxFault('a character that a name cannot have', at + found.length);
  }
}

/** `.`, `.name`, `$` and `$name`. */
function scanName(text: string, at: number, apart: boolean): Token {
  const word = matched(WORD, text, at + 1) ?? '';
  const found = `${text[at] ?? ''}${word}`;
  checkTerminated(text, at, found);
  if (found === '.') return { kind: 'dot', text: found, at, apart };
  return { kind: found.startsWith('.') ? 'field' : 'variable', text: found, at, apart };
}

function scanNumber(text: string, at: number): string {
  const found = matched(NUMBER, text, at) ?? '';
  const next = text[at + found.length] ?? '';
  if (found === '' || matched(WORD, text, at + found.length) !== undefined || /[+-]/.test(next)) {
    throw new SyntaxFault('a number that Go does not take', at);
  }
  return found;
}

function scanQuoted(text: string, at: number, quote: string): [TokenKind, string] {
  const pattern = quote === '"' ? QUOTED : quote === '`' ? RAW : CHARACTER;
  const found = matched(pattern, text, at);
  if (found === undefined) throw new SyntaxFault('a quotation mark is not closed', at);
  return [quote === "'" ? 'char' : 'string', found];
}
