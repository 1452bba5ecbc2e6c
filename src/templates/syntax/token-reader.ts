import { quoted } from '../../quote.ts';
import type { Token, TokenKind } from './scan.ts';
import { SyntaxFault } from './syntax-fault.ts';

/** Walks over the tokens of a template; behind the last one it goes on giving that. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
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

  /** Takes the next token if it is this one. */
  accept(kind: TokenKind, text?: string): Token | undefined {
    const token = this.peek();
    return token.kind === kind && (text === undefined || token.text === text) ? this.next() : undefined;
  }

  expect(kind: TokenKind, where: string): Token {
    return this.accept(kind) ?? this.unexpected(where);
  }

  /** @throws {SyntaxFault} always */
  unexpected(where: string): never {
    const { kind, text, at } = this.peek();
    const what = kind === 'end' ? 'the end of the template' : kind === 'text' ? 'text' : quoted(text, 40);
    throw new SyntaxFault(`${what} is not expected ${where}`, at);
  }
}
