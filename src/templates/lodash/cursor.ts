import { quoted } from '../../quote.ts';
import { SyntaxFault } from '../syntax/syntax-fault.ts';
import type { Block } from './nodes.ts';
import type { Token } from './tokens.ts';

const MAX_DEPTH = 60;
const WORDS_FOR_VALUES = ['true', 'false', 'null', 'undefined'];
/** Words of the language that have no meaning in our part of it. */
export const RESERVED = new Set(
  'await break case catch class continue debugger delete do else export extends finally for if import in instanceof let new return static super switch this throw try typeof var void while with yield const function'.split(
    ' ',
  ),
);

/** Walks over the tokens of one template. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  readonly #parseBlock: (cursor: Cursor) => Block;

  constructor(tokens: readonly Token[], parseBlock: (cursor: Cursor) => Block) {
    this.#tokens = tokens;
    this.#parseBlock = parseBlock;
  }

  /** `{ … }`, the body of a function. */
  block(): Block {
    return this.#parseBlock(this);
  }

  /** A cursor of its own over other tokens. */
  over(tokens: readonly Token[]): Cursor {
    return new Cursor(tokens, this.#parseBlock);
  }

  /** Goes one token back. */
  back(): void {
    this.#index -= 1;
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1);
    if (token === undefined) throw new SyntaxFault('an empty template', 0);
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  is(text: string, kind: Token['kind'] = 'sign', ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === kind && token.text === text;
  }

  accept(text: string, kind: Token['kind'] = 'sign'): boolean {
    const found = this.is(text, kind);
    if (found) this.#index += 1;
    return found;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.unexpected(`where ${quoted(text)} should stand`);
  }

  unexpected(where: string): never {
    const { kind, text, at } = this.peek();
    const shown = kind === 'end' ? 'the end of the template' : kind === 'text' ? 'text' : quoted(text, 40);
    const what = kind === 'close' ? '%>' : shown;
    throw new SyntaxFault(`${what} is not supported ${where}`, at);
  }

  deeper<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxFault('nested too deeply', this.peek().at);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  name(): string {
    const { kind, text } = this.peek();
    if (kind !== 'name' || RESERVED.has(text) || WORDS_FOR_VALUES.includes(text))
      this.unexpected('as a name');
    this.next();
    return text;
  }
}
