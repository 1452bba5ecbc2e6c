import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import { memberOf } from './members.ts';
import type { Block, Expression } from './nodes.ts';
import { Scope } from './scope.ts';
import {
  type Call,
  Closure,
  isEqual,
  isTruthy,
  type Js,
  kindOf,
  Namespace,
  Native,
  Pattern,
  toNumber,
  toText,
} from './values.ts';

/** One rendering. */
export interface Rendering {
  readonly budget: Budget;
  readonly noValue: 'print' | 'refuse';
  readonly output: string[];
  outputLength: number;
  /** The place of what is evaluated now, for the message when it fails. */
  at: number;
  /** Runs the body of a function, and gives what it returns. */
  run(block: Block, scope: Scope): Js;
}

/** What a chain is when `?.` met nothing in it. */
const SKIPPED = Symbol('skipped');

/** The value of an expression. Throws {@link Fault}, the place of which is the rendering's. */
export function evaluate(expression: Expression, scope: Scope, rendering: Rendering): Js {
  const { budget } = rendering;
  budget.spend(1);
  return budget.deeper(() => {
    rendering.at = expression.at;
    const value = valueOf(expression, scope, rendering);
    if (typeof value === 'string') budget.string(value.length);
    return value;
  });
}

function valueOf(expression: Expression, scope: Scope, rendering: Rendering): Js {
  const inner = (each: Expression) => evaluate(each, scope, rendering);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return scope.get(expression.name);
    case 'pattern':
    case 'template':
    case 'array':
    case 'object':
      return composed(expression, inner, rendering.budget);
    case 'unary':
    case 'binary':
    case 'conditional':
      return operation(expression, scope, rendering);
    case 'function':
      return new Closure(expression.parameters, expression.body, scope);
    default: {
      const value = chain(expression, scope, rendering);
      return value === SKIPPED ? undefined : value;
    }
  }
}

type Composed = Extract<Expression, { kind: 'pattern' | 'template' | 'array' | 'object' }>;

/** A literal of more than one value. */
function composed(expression: Composed, inner: (each: Expression) => Js, budget: Budget): Js {
  if (expression.kind === 'pattern') return new Pattern(expression.source, expression.flags);
  if (expression.kind === 'array') return expression.items.map(inner);
  if (expression.kind === 'object') {
    return new Map(expression.entries.map(([key, value]) => [toText(inner(key), budget), inner(value)]));
  }
  const parts = expression.parts.map((part) => toText(inner(part), budget));
  budget.string(parts.reduce((sum, part) => sum + part.length, 0));
  return expression.texts.map((text, index) => text + (parts[index] ?? '')).join('');
}

type Operation = Extract<Expression, { kind: 'unary' | 'binary' | 'conditional' }>;

function operation(expression: Operation, scope: Scope, rendering: Rendering): Js {
  if (expression.kind === 'binary') return binary(expression, scope, rendering);
  if (expression.kind === 'unary') {
    return unary(expression.sign, evaluate(expression.operand, scope, rendering));
  }
  const branch = isTruthy(evaluate(expression.test, scope, rendering)) ? expression.yes : expression.no;
  return evaluate(branch, scope, rendering);
}

function unary(sign: string, value: Js): Js {
  if (sign === '!') return !isTruthy(value);
  return sign === '-' ? -toNumber(value) : toNumber(value);
}

type Chain = Extract<Expression, { kind: 'member' | 'call' }>;

/** Members and calls, one behind the other. Behind a `?.` that met nothing all the rest is passed over. */
function chain(expression: Chain, scope: Scope, rendering: Rendering): Js | typeof SKIPPED {
  const before = expression.kind === 'member' ? expression.of : expression.callee;
  const isChain = before.kind === 'member' || before.kind === 'call';
  const value = isChain
    ? rendering.budget.deeper(() => chain(before, scope, rendering))
    : evaluate(before, scope, rendering);
  rendering.budget.spend(1);
  if (value === SKIPPED) return SKIPPED;
  if (expression.kind === 'call') {
    const args = expression.args.map((arg) => evaluate(arg, scope, rendering));
    rendering.at = expression.at;
    return callFunction(value, args, rendering);
  }
  if (expression.optional && (value === null || value === undefined)) return SKIPPED;
  const key = toText(evaluate(expression.key, scope, rendering), rendering.budget);
  rendering.at = expression.at;
  return memberOf(value, key, expression.key.kind === 'literal');
}

function callFunction(callee: Js, args: readonly Js[], rendering: Rendering): Js {
  const { budget } = rendering;
  if (callee instanceof Closure) return callClosure(callee, args, rendering);
  const native = callee instanceof Namespace ? callee.self : callee;
  if (!(native instanceof Native)) {
    throw new Fault(
      `${callee instanceof Namespace ? callee.name : kindOf(callee)} is called, and is no function`,
      'docs/templates.md lists what there is.',
    );
  }
  for (const arg of args) if (typeof arg === 'string') budget.work(arg.length);
  const call: Call = { budget, invoke: (callback, inner) => callFunction(callback, inner, rendering) };
  return native.run(args, call);
}

function callClosure({ parameters, body, scope }: Closure, args: readonly Js[], rendering: Rendering): Js {
  return rendering.budget.deeper(() => {
    const inner = new Scope(scope);
    for (const [index, name] of parameters.entries()) inner.declare(name, args[index]);
    return body.kind === 'block' ? rendering.run(body, inner) : evaluate(body, inner, rendering);
  });
}

type Binary = Extract<Expression, { kind: 'binary' }>;

/** A row such as `a + b + c` is one chain to the left, and is gone through without recursion: it may be long. */
function binary(expression: Binary, scope: Scope, rendering: Rendering): Js {
  const rights: Binary[] = [];
  let first: Expression = expression;
  while (first.kind === 'binary') {
    rights.push(first);
    first = first.left;
  }
  let value = evaluate(first, scope, rendering);
  for (const { sign, right, at } of rights.toReversed()) {
    rendering.budget.spend(1);
    if (decides(sign, value)) continue;
    const other = evaluate(right, scope, rendering);
    rendering.at = at;
    value = ['&&', '||', '??'].includes(sign) ? other : combined(sign, value, other, rendering.budget);
  }
  return value;
}

/** Whether the left side alone is the result. */
function decides(sign: string, value: Js): boolean {
  if (sign === '??') return value !== null && value !== undefined;
  return (sign === '||' && isTruthy(value)) || (sign === '&&' && !isTruthy(value));
}

function combined(sign: string, a: Js, b: Js, budget: Budget): Js {
  switch (sign) {
    case '+':
      return plus(a, b, budget);
    case '===':
    case '==':
      return isEqual(a, b, sign === '===');
    case '!==':
    case '!=':
      return !isEqual(a, b, sign === '!==');
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compared(sign, a, b);
    default:
      return arithmetic(sign, toNumber(a), toNumber(b));
  }
}

function isTextual(value: Js): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

/** Everything that is not made of numbers is joined as text. */
function plus(a: Js, b: Js, budget: Budget): Js {
  if (!isTextual(a) && !isTextual(b)) return toNumber(a) + toNumber(b);
  const [left, right] = [toText(a, budget), toText(b, budget)];
  budget.string(left.length + right.length);
  return left + right;
}

function compared(sign: string, a: Js, b: Js): boolean {
  const texts = typeof a === 'string' && typeof b === 'string';
  const [x, y] = texts ? [a, b] : [toNumber(a), toNumber(b)];
  if (sign === '<') return x < y;
  if (sign === '>') return x > y;
  return sign === '<=' ? x <= y : x >= y;
}

function arithmetic(sign: string, a: number, b: number): number {
  if (sign === '-') return a - b;
  if (sign === '*') return a * b;
  return sign === '/' ? a / b : a % b;
}
