import { type Cursor, RESERVED } from './cursor.ts';
import type { Expression } from './nodes.ts';

/** From what binds loosest to what binds tightest. */
const BINARY: readonly (readonly string[])[] = [
  ['??'],
  ['||'],
  ['&&'],
  ['===', '!==', '==', '!='],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];
const CONSTANTS: ReadonlyMap<string, boolean | null | undefined> = new Map<
  string,
  boolean | null | undefined
>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);
export function parseExpression(cursor: Cursor): Expression {
  return cursor.deeper(() => arrow(cursor) ?? conditional(cursor));
}

/** `x => …`, `(x, y) => …` */
function arrow(cursor: Cursor): Expression | undefined {
  const { at, kind } = cursor.peek();
  if (kind === 'name' && cursor.is('=>', 'sign', 1)) return arrowBody(cursor, [cursor.name()], at);
  if (!cursor.is('(')) return undefined;
  let ahead = 1;
  while (cursor.peek(ahead).kind === 'name' || cursor.is(',', 'sign', ahead)) ahead += 1;
  if (!cursor.is(')', 'sign', ahead) || !cursor.is('=>', 'sign', ahead + 1)) return undefined;
  return arrowBody(cursor, parameterNames(cursor), at);
}

function parameterNames(cursor: Cursor): readonly string[] {
  cursor.expect('(');
  const names: string[] = [];
  while (!cursor.accept(')')) {
    names.push(cursor.name());
    if (!cursor.is(')')) cursor.expect(',');
  }
  return names;
}

function arrowBody(cursor: Cursor, parameters: readonly string[], at: number): Expression {
  cursor.expect('=>');
  return {
    kind: 'function',
    parameters,
    body: cursor.is('{') ? cursor.block() : parseExpression(cursor),
    at,
  };
}

function conditional(cursor: Cursor): Expression {
  const test = binary(cursor, 0);
  const { at } = cursor.peek();
  if (!cursor.accept('?')) return test;
  const yes = parseExpression(cursor);
  cursor.expect(':');
  return { kind: 'conditional', test, yes, no: parseExpression(cursor), at };
}

function binary(cursor: Cursor, level: number): Expression {
  const signs = BINARY[level];
  if (signs === undefined) return unary(cursor);
  let left = binary(cursor, level + 1);
  for (;;) {
    const { kind, text, at } = cursor.peek();
    if (kind !== 'sign' || !signs.includes(text)) return left;
    cursor.next();
    left = { kind: 'binary', sign: text, left, right: binary(cursor, level + 1), at };
  }
}

function unary(cursor: Cursor): Expression {
  const { kind, text, at } = cursor.peek();
  if (kind === 'sign' && ['!', '-', '+'].includes(text)) {
    cursor.next();
    return { kind: 'unary', sign: text, operand: cursor.deeper(() => unary(cursor)), at };
  }
  return chain(cursor);
}

/** A value, and the members and calls behind it. */
function chain(cursor: Cursor): Expression {
  let value = primary(cursor);
  for (;;) {
    const { at } = cursor.peek();
    const optional = cursor.is('?.');
    if (cursor.accept('.') || (optional && cursor.accept('?.') && !cursor.is('[') && !cursor.is('('))) {
      value = { kind: 'member', of: value, key: memberName(cursor), optional, at };
    } else if (cursor.accept('[')) {
      value = { kind: 'member', of: value, key: parseExpression(cursor), optional, at };
      cursor.expect(']');
    } else if (cursor.is('(') && !optional) {
      value = { kind: 'call', callee: value, args: list(cursor, '(', ')'), at };
    } else if (optional) {
      cursor.unexpected('behind "?."');
    } else return value;
  }
}

/** Every word is a name behind a point. */
function memberName(cursor: Cursor): Expression {
  const { kind, text, at } = cursor.peek();
  if (kind !== 'name') cursor.unexpected('behind a "."');
  cursor.next();
  return { kind: 'literal', value: text, at };
}

function list(cursor: Cursor, opening: string, closing: string): readonly Expression[] {
  cursor.expect(opening);
  const items: Expression[] = [];
  while (!cursor.accept(closing)) {
    items.push(parseExpression(cursor));
    if (!cursor.is(closing)) cursor.expect(',');
  }
  return items;
}

function primary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const { kind, text, at } = token;
  switch (kind) {
    case 'string':
      cursor.next();
      return { kind: 'literal', value: text, at };
    case 'number':
      cursor.next();
      return { kind: 'literal', value: Number(text), at };
    case 'pattern':
      cursor.next();
      return { kind: 'pattern', source: text, flags: token.flags ?? '', at };
    case 'template':
      cursor.next();
      return {
        kind: 'template',
        texts: token.texts ?? [],
        parts: (token.parts ?? []).map((part) => whole(cursor.over(part))),
        at,
      };
    case 'name':
      return named(cursor);
    default:
      return enclosed(cursor);
  }
}

function named(cursor: Cursor): Expression {
  const { text, at } = cursor.peek();
  if (CONSTANTS.has(text)) {
    cursor.next();
    return { kind: 'literal', value: CONSTANTS.get(text), at };
  }
  if (text === 'function') {
    cursor.next();
    return { kind: 'function', parameters: parameterNames(cursor), body: cursor.block(), at };
  }
  return { kind: 'name', name: cursor.name(), at };
}

function enclosed(cursor: Cursor): Expression {
  const { at } = cursor.peek();
  if (cursor.accept('(')) {
    const value = parseExpression(cursor);
    cursor.expect(')');
    return value;
  }
  if (cursor.is('[')) return { kind: 'array', items: list(cursor, '[', ']'), at };
  if (cursor.is('{')) return object(cursor);
  return cursor.unexpected('in an expression');
}

/** `{ a: 1, "b": 2, [c]: 3, d }` */
function object(cursor: Cursor): Expression {
  const { at } = cursor.next();
  const entries: (readonly [Expression, Expression])[] = [];
  while (!cursor.accept('}')) {
    entries.push(entry(cursor));
    if (!cursor.is('}')) cursor.expect(',');
  }
  return { kind: 'object', entries, at };
}

function entry(cursor: Cursor): readonly [Expression, Expression] {
  const { kind, text, at } = cursor.peek();
  if (cursor.accept('[')) {
    const key = parseExpression(cursor);
    cursor.expect(']');
    cursor.expect(':');
    return [key, parseExpression(cursor)];
  }
  if (kind !== 'name' && kind !== 'string' && kind !== 'number') cursor.unexpected('in an object');
  cursor.next();
  const key: Expression = { kind: 'literal', value: kind === 'number' ? String(Number(text)) : text, at };
  if (cursor.accept(':')) return [key, parseExpression(cursor)];
  if (kind !== 'name' || RESERVED.has(text)) cursor.unexpected('in an object');
  return [key, { kind: 'name', name: text, at }];
}

/** An expression that fills all tokens. */
function whole(cursor: Cursor): Expression {
  const value = parseExpression(cursor);
  if (cursor.peek().kind !== 'end') cursor.unexpected('behind an expression');
  return value;
}
