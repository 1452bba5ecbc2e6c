// The library's interpreter, put right where it departs from the specification without a word: it finds what plain objects
// inherit, sorts numbers by their digits, and takes '' and '0x10' for numbers.

import type { JSONValue, TreeInterpreter } from '@jmespath-community/jmespath';
import type { Expression } from './jmes-path-bounds.ts';
import type { NumberSpelling } from './number-spelling.ts';

type Interpreter = typeof TreeInterpreter;
type Call = Extract<Expression, { type: 'Function' }>;
type Visited = Parameters<Interpreter['visit']>[1];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const BY_ITSELF: Expression = { type: 'ExpressionReference', child: { type: 'Current' } };

/** What an expression finds in a document. Throws whatever the library throws, with text of the value. */
export function createInterpreter(
  library: Interpreter,
  spelling: NumberSpelling,
): (expression: Expression, document: JSONValue) => JSONValue {
  // The library has one for everybody; its functions call back the one that they were made for.
  const interpreter = new (library.constructor as new () => Interpreter)();
  const theirs = interpreter.visit.bind(interpreter);

  const visit: Interpreter['visit'] = (node, value) => {
    switch (node.type) {
      case 'Field':
        return own(value, node.name);
      case 'MultiSelectHash':
        return withoutPrototype(
          node.children.map(({ name, value: child }) => [name, visit(child, value) as JSONValue]),
        );
      case 'Function':
        return call(node, value);
      default:
        return theirs(node, value);
    }
  };

  function call(node: Call, value: Visited): ReturnType<Interpreter['visit']> {
    const [first] = node.children;
    if (node.children.length !== 1 || first === undefined) return theirs(node, value);
    if (node.name === 'sort')
      return theirs({ ...node, name: 'sort_by', children: [first, BY_ITSELF] }, value);
    if (node.name !== 'to_string' && node.name !== 'to_number') return theirs(node, value);
    const given = visit(first, value) as JSONValue;
    if (node.name === 'to_string') return typeof given === 'string' ? given : spelling.stringify(given);
    if (typeof given === 'number') return given;
    return typeof given === 'string' && NUMBER.test(given) ? Number(given) : null;
  }

  interpreter.visit = visit;
  return (expression, document) => interpreter.search(expression, document);
}

/** What an object has of its own. */
function own(value: unknown, name: string): JSONValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.hasOwn(value, name) ? ((value as Readonly<Record<string, JSONValue>>)[name] ?? null) : null;
}

/** An object for which `__proto__` is a name like any other. */
export function withoutPrototype(entries: Iterable<readonly [string, JSONValue]>): Record<string, JSONValue> {
  const object = Object.create(null) as Record<string, JSONValue>;
  for (const [name, value] of entries) object[name] = value;
  return object;
}
