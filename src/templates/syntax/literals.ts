import { encodeRune, encodeUtf8 } from '../values/utf8.ts';
import { SyntaxFault } from './syntax-fault.ts';

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
]);

const ESCAPE = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[^])/gu;

function escaped(escape: string, quote: string): string | undefined {
  const letter = escape[1] ?? '';
  const simple = SIMPLE.get(letter) ?? (letter === quote ? quote : undefined);
  if (simple !== undefined) return simple;
  if (/^\\[0-7]{3}$/.test(escape)) return byte(Number.parseInt(escape.slice(1), 8));
  if (escape.length < 4) return undefined;
  const code = Number.parseInt(escape.slice(2), 16);
  if (letter === 'x') return byte(code);
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : encodeRune(code);
}

function byte(code: number): string | undefined {
  return code > 255 ? undefined : String.fromCharCode(code);
}

/** The bytes of the text between two quotation marks, its escapes taken as Go takes them. */
function unescaped(text: string, quote: string, at: number): string {
  let bytes = '';
  let end = 0;
  for (const found of text.matchAll(ESCAPE)) {
    const value = escaped(found[0], quote);
    if (value === undefined) throw new SyntaxFault('an escape that Go does not have', at);
    bytes += encodeUtf8(text.slice(end, found.index)) + value;
    end = found.index + found[0].length;
  }
  return bytes + encodeUtf8(text.slice(end));
}

/** The bytes of a literal with its quotation marks: `"…"` takes escapes, `` `…` `` none and drops carriage returns. */
export function stringOf(literal: string, at: number): string {
  const inner = literal.slice(1, -1);
  return literal.startsWith('`') ? encodeUtf8(inner.replaceAll('\r', '')) : unescaped(inner, '"', at);
}

/** The code point of a character constant: `'a'`, `'\n'`, `'\u00e9'`. A byte escape stands for itself. */
export function characterOf(literal: string, at: number): bigint {
  const inner = literal.slice(1, -1);
  const numeric = /^\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))$/.exec(inner);
  if (numeric !== null) return BigInt(Number.parseInt(numeric[1] ?? numeric[2] ?? '', numeric[1] ? 16 : 8));
  const bytes = unescaped(inner, "'", at);
  const [character, ...more] = Buffer.from(bytes, 'latin1').toString('utf8');
  if (character === undefined || more.length > 0 || inner === "'") {
    throw new SyntaxFault('a character constant that is not one character', at);
  }
  return BigInt(character.codePointAt(0) ?? 0);
}
