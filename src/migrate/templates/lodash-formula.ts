// Templates of kubernetes-external-secrets.

import type { Expression, Statement } from '../../templates/lodash/nodes.ts';
import { parseLodash } from '../../templates/lodash/parse.ts';
import { Fault } from '../../templates/template-error.ts';
import { notConvertible } from '../definitions/meaning.ts';
import type { Formula, Value } from './formula.ts';

/**
 * What a lodash template makes, as far as it is text, values and their encodings.
 *
 * @throws LatchkeyError for everything else, naming it
 */
export function lodashFormula(text: string): Formula {
  try {
    return parseLodash(text).statements.flatMap(statementFormula);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw notConvertible(`its template cannot be read: ${error.message}`);
  }
}

function statementFormula(statement: Statement): Formula {
  if (statement.kind === 'text') return [statement.text];
  if (statement.kind !== 'output') throw unknown(`a statement (${statement.kind})`);
  if (statement.escapes) throw unknown('<%- … %>, which escapes for HTML');
  return formulaOf(statement.value);
}

function unknown(what: string): Error {
  return notConvertible(
    `its template has ${what}`,
    'Only text, values and their encodings can be converted.',
  );
}

function formulaOf(expression: Expression): Formula {
  switch (expression.kind) {
    case 'literal':
      return literal(expression.value);
    case 'template':
      return expression.texts.flatMap((text, index) => {
        const part = expression.parts[index];
        return [text, ...(part === undefined ? [] : formulaOf(part))];
      });
    case 'binary':
      return joining(expression);
    case 'member':
    case 'call':
      return called(expression);
    default:
      throw unknown(`what cannot be said (${expression.kind})`);
  }
}

function literal(value: unknown): Formula {
  if (typeof value !== 'string') throw unknown('a constant that is no text');
  return [value];
}

/** `+` joins where one side is sure to be text; two members of JSON may be numbers. */
function joining({ sign, left, right }: Extract<Expression, { kind: 'binary' }>): Formula {
  if (sign !== '+') throw unknown(`the operator ${sign}`);
  const sides = [formulaOf(left), formulaOf(right)];
  if (sides.every(isMember)) throw unknown('a sum of members of JSON');
  return sides.flat();
}

/** Of any type that JSON has. */
function isMember(formula: Formula): boolean {
  const [only] = formula;
  return formula.length === 1 && typeof only === 'object' && only.kind === 'member';
}

function valueOf(expression: Expression): Value {
  const formula = formulaOf(expression);
  const [only] = formula;
  if (formula.length === 1 && only !== undefined && typeof only !== 'string') return only;
  throw unknown('a function of text that is put together');
}

/** The keys of `a.b["c"][0]`, and what they are taken from. */
function keysOf(expression: Expression): { readonly of: Expression; readonly keys: readonly string[] } {
  if (expression.kind !== 'member') return { of: expression, keys: [] };
  const { key } = expression;
  if (key.kind !== 'literal' || (typeof key.value !== 'string' && typeof key.value !== 'number'))
    throw unknown('a key that is computed');
  const inner = keysOf(expression.of);
  return { of: inner.of, keys: [...inner.keys, String(key.value)] };
}

function isName(expression: Expression, name: string): boolean {
  return expression.kind === 'name' && expression.name === name;
}

/** `Buffer.from`: the callee of a call, by its names. */
function calleeName(callee: Expression): string | undefined {
  const { of, keys } = keysOf(callee);
  return of.kind === 'name' ? [of.name, ...keys].join('.') : undefined;
}

function called(expression: Extract<Expression, { kind: 'member' | 'call' }>): Formula {
  if (expression.kind === 'member') return [member(expression)];
  const { callee, args } = expression;
  const [first] = args;
  const name = calleeName(callee);
  if (name === 'String' && first !== undefined && args.length === 1) return formulaOf(first);
  if (name === 'encodeURIComponent' && first !== undefined)
    return [{ kind: 'encoded', of: formulaOf(first), as: 'url', differences: ['url-marks'] }];
  if (name === 'JSON.stringify' && first !== undefined && args.length === 1) return [json(formulaOf(first))];
  if (callee.kind === 'member') return method(callee, args);
  throw unknown(`a call of ${name ?? 'a function'}`);
}

function json(of: Formula): Value {
  if (isMember(of)) throw unknown('JSON of a member of JSON');
  return { kind: 'encoded', of, as: 'json' };
}

/** `data.KEY`, or what follows `JSON.parse(…)`. */
function member(expression: Expression): Value {
  const { of, keys } = keysOf(expression);
  const [key, ...more] = keys;
  if (isName(of, 'data') && key !== undefined && more.length === 0)
    return { kind: 'key', key, differences: ['kes-template'] };
  const parsed = of.kind === 'call' && calleeName(of.callee) === 'JSON.parse' ? of.args[0] : undefined;
  if (parsed === undefined) throw unknown(`the property ${keys.join('.')}`);
  return { kind: 'member', of: valueOf(parsed), keys, differences: ['kes-members', 'kes-missing'] };
}

/** Methods that other template languages have as functions. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  toUpperCase: 'upper',
  toLowerCase: 'lower',
  trim: 'trim',
};

function method({ of, key }: Extract<Expression, { kind: 'member' }>, args: readonly Expression[]): Formula {
  const name = key.kind === 'literal' ? String(key.value) : '';
  const [encoding] = args.map((each) => (each.kind === 'literal' ? String(each.value).toLowerCase() : '?'));
  if (of.kind === 'call' && calleeName(of.callee) === 'Buffer.from' && name === 'toString')
    return buffer(of.args, encoding);
  if (name === 'toString' && args.length === 0) return formulaOf(of);
  const known = Object.hasOwn(FUNCTIONS, name) && args.length === 0 ? FUNCTIONS[name] : undefined;
  if (known === undefined) throw unknown(`a call of ${name === '' ? 'a function' : name}`);
  return [{ kind: 'function', of: valueOf(of), name: known, written: `${name}()` }];
}

const UTF8: readonly (string | undefined)[] = [undefined, 'utf8', 'utf-8'];

/** `Buffer.from(text).toString("base64")`, and the other way round. */
function buffer([text, from]: readonly Expression[], to: string | undefined): Formula {
  const source = from?.kind === 'literal' ? String(from.value).toLowerCase() : undefined;
  if (text === undefined) throw unknown('an empty Buffer');
  if (UTF8.includes(source) && to === 'base64')
    return [{ kind: 'encoded', of: formulaOf(text), as: 'base64' }];
  if (source === 'base64' && UTF8.includes(to))
    return [{ kind: 'decoded', of: valueOf(text), differences: ['kes-base64'] }];
  if (UTF8.includes(source) && UTF8.includes(to)) return formulaOf(text);
  throw unknown('an encoding of a Buffer');
}
