import { SyntaxFault } from '../syntax/syntax-fault.ts';

/** A part of a lodash template: text, code, or an expression whose value is written as it is or escaped for HTML. */
export interface Piece {
  readonly kind: 'text' | 'code' | 'value' | 'escaped';
  readonly text: string;
  /** Where `text` begins in the template. */
  readonly at: number;
}

const OPENING = /<%[=-]?|\$\{/g;
const KINDS: Readonly<Record<string, Piece['kind']>> = {
  '<%': 'code',
  '<%=': 'value',
  '<%-': 'escaped',
  '${': 'value',
};

/** Where the piece that begins at `from` ends: at `%>`, or for `${` at the first brace that no backslash precedes. */
function closingOf(text: string, opening: string, from: number): number {
  if (opening !== '${') return text.indexOf('%>', from);
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '}') return at;
  }
  return -1;
}

/** Takes a template apart as lodash does; a delimiter that nothing closes is text. Throws {@link SyntaxFault}. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const unclosed = new Set<string>();
  for (const { 0: opening, index } of text.matchAll(OPENING)) {
    const close = opening === '${' ? '}' : '%>';
    if (index < end || unclosed.has(close)) continue;
    const from = index + opening.length;
    const closing = closingOf(text, opening, from);
    if (closing === -1) {
      // Nothing further on is closed either; this keeps the time linear.
      unclosed.add(close);
      continue;
    }
    if (closing === from) throw new SyntaxFault(`nothing stands between ${opening} and ${close}`, index);
    if (index > end) pieces.push({ kind: 'text', text: text.slice(end, index), at: end });
    pieces.push({ kind: KINDS[opening] ?? 'code', text: text.slice(from, closing), at: from });
    end = closing + close.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end), at: end });
  return pieces;
}
