import { MAX_TEMPLATE_CHARACTERS } from '../limits.ts';
import { SyntaxFault } from '../syntax/syntax-fault.ts';
import { Cursor } from './cursor.ts';
import type { Block, Expression, Statement } from './nodes.ts';
import { parseExpression } from './parse-expression.ts';
import { piecesOf } from './pieces.ts';
import { tokensOf } from './tokens.ts';

/** Parses a lodash template. Throws {@link SyntaxFault}: for what is malformed, and for JavaScript beyond our part. */
export function parseLodash(text: string): Block {
  if (text.length > MAX_TEMPLATE_CHARACTERS) {
    throw new SyntaxFault(`the template is longer than ${String(MAX_TEMPLATE_CHARACTERS)} characters`, 0);
  }
  const cursor = new Cursor(tokensOf(piecesOf(text), text.length), parseBlock);
  const statements: Statement[] = [];
  while (cursor.peek().kind !== 'end') statements.push(...parseStatement(cursor));
  return { kind: 'block', statements };
}

/** One statement, or several declarations that stand in one. */
function parseStatement(cursor: Cursor): readonly Statement[] {
  const token = cursor.peek();
  const { at } = token;
  if (token.kind === 'text') return [{ kind: 'text', text: cursor.next().text, at }];
  if (token.kind === 'open') return [output(cursor)];
  if (cursor.accept(';')) return [];
  if (token.kind === 'name') {
    if (['let', 'const', 'var'].includes(token.text)) return declarations(cursor);
    if (token.text === 'if') return [cursor.deeper(() => parseIf(cursor))];
    if (token.text === 'for') return [cursor.deeper(() => parseFor(cursor))];
    if (token.text === 'return') return [parseReturn(cursor)];
  }
  return [simple(cursor)];
}

function output(cursor: Cursor): Statement {
  const { escapes = false, at } = cursor.next();
  const value = parseExpression(cursor);
  // lodash takes a semicolon here for the end of its own code, and breaks.
  if (cursor.next().kind !== 'close') {
    cursor.back();
    cursor.unexpected('behind an expression');
  }
  return { kind: 'output', value, escapes, at };
}

function declarations(cursor: Cursor): readonly Statement[] {
  const constant = cursor.next().text === 'const';
  const found: Statement[] = [];
  do {
    const { at } = cursor.peek();
    const name = cursor.name();
    const value: Expression = cursor.accept('=')
      ? parseExpression(cursor)
      : { kind: 'literal', value: undefined, at };
    found.push({ kind: 'declare', name, value, constant, at });
  } while (cursor.accept(','));
  ended(cursor);
  return found;
}

/** A statement ends at a semicolon, or where the next thing begins anyway. */
function ended(cursor: Cursor): void {
  if (cursor.accept(';')) return;
  const { kind, text } = cursor.peek();
  const fine = ['text', 'open', 'end', 'name'].includes(kind) || (kind === 'sign' && text === '}');
  if (!fine) cursor.unexpected('behind a statement');
}

function simple(cursor: Cursor): Statement {
  const { at } = cursor.peek();
  if (cursor.peek().kind === 'name' && cursor.is('=', 'sign', 1)) {
    const name = cursor.name();
    cursor.next();
    const value = parseExpression(cursor);
    ended(cursor);
    return { kind: 'assign', name, value, at };
  }
  const value = parseExpression(cursor);
  ended(cursor);
  return { kind: 'expression', value, at };
}

function parseReturn(cursor: Cursor): Statement {
  const { at } = cursor.next();
  const ends = cursor.is(';') || cursor.is('}');
  const value = ends ? undefined : parseExpression(cursor);
  ended(cursor);
  return { kind: 'return', value, at };
}

function parseBlock(cursor: Cursor): Block {
  cursor.expect('{');
  const statements: Statement[] = [];
  while (!cursor.accept('}')) {
    if (cursor.peek().kind === 'end') cursor.unexpected('before a "}"');
    statements.push(...parseStatement(cursor));
  }
  return { kind: 'block', statements };
}

function parseIf(cursor: Cursor): Statement {
  const { at } = cursor.next();
  cursor.expect('(');
  const test = parseExpression(cursor);
  cursor.expect(')');
  const yes = parseBlock(cursor);
  let no: Block | undefined;
  if (cursor.accept('else', 'name')) {
    no = cursor.is('if', 'name')
      ? { kind: 'block', statements: [cursor.deeper(() => parseIf(cursor))] }
      : parseBlock(cursor);
  }
  return { kind: 'if', test, yes, no, at };
}

/** `for (const x of list) { … }`, and no other loop: it is sure to end. */
function parseFor(cursor: Cursor): Statement {
  const { at } = cursor.next();
  cursor.expect('(');
  if (!['let', 'const', 'var'].some((word) => cursor.accept(word, 'name'))) cursor.unexpected('in a for');
  const name = cursor.name();
  if (!cursor.accept('of', 'name')) cursor.unexpected('in a for, which only goes "of" a list');
  const of = parseExpression(cursor);
  cursor.expect(')');
  return { kind: 'for', name, of, body: parseBlock(cursor), at };
}
