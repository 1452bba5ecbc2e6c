// Who writes an expression must not be able to stop the webhook with it: `[@,@]|[@,@]|…` doubles with every six letters.
// JMESPath has no loops and no way back to the document from within, so what an expression makes of a value is at most a
// factor times as large, and the factor can be told before anything is evaluated.

import type { compile } from '@jmespath-community/jmespath';
import { LatchkeyError } from '../errors.ts';

export type Expression = ReturnType<typeof compile>;

const LONGEST = 1024;
/** How many times its input an expression may make; AWS stores 64 KiB at most. */
const MOST_GROWTH = 64;
/** Text of the expression counts as once its input for each so many characters. */
const TEXT_UNIT = 16;

/** Makes a text larger at most so much, beside what its arguments are. */
const FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ...['abs', 'avg', 'ceil', 'contains', 'ends_with', 'floor', 'join', 'keys', 'length', 'map'].map(same),
  ...['max', 'max_by', 'merge', 'min', 'min_by', 'not_null', 'reverse', 'sort', 'sort_by'].map(same),
  ...['starts_with', 'sum', 'to_array', 'to_number', 'type', 'values'].map(same),
  // A control character becomes six; a quote in what already is JSON, two.
  ['to_string', 6],
]);

function same(name: string): readonly [string, number] {
  return [name, 1];
}

/**
 * Compiles expressions of JMESPath's specification, which is what the AWS provider reads, and refuses what would take more
 * than a bounded part of time and memory.
 */
export function createBounds(compiler: typeof compile): (expression: string) => Bounded {
  return (expression) => {
    if (expression.length > LONGEST) throw tooCostly(`is longer than ${String(LONGEST)} characters`);
    const node = parse(compiler, expression);
    const meter: Meter = { work: 0, isInEach: false };
    growthOf(node, 1, meter);
    return { node, work: meter.work };
  };
}

/** An expression, and how many times its document is looked at. */
export interface Bounded {
  readonly node: Expression;
  readonly work: number;
}

interface Meter {
  work: number;
  /** What is evaluated for each entry is never free. */
  isInEach: boolean;
}

function inEach(meter: Meter, grow: () => number): number {
  const { isInEach } = meter;
  meter.isInEach = true;
  const grown = grow();
  meter.isInEach = isInEach;
  return grown;
}

/** What costs nothing, however large the value is; of what is put together here, its text is paid for where it ends. */
const FREE: ReadonlySet<Expression['type']> = new Set<Expression['type']>([
  'Identity',
  'Current',
  'Field',
  'Index',
  'Pipe',
  'Subexpression',
  'IndexExpression',
  'AndExpression',
  'OrExpression',
  'Literal',
  'MultiSelectList',
  'MultiSelectHash',
]);

/** The parser's message quotes the expression, at any length. */
function parse(compiler: typeof compile, expression: string): Expression {
  try {
    return compiler(expression);
  } catch {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'jmesPath is no JMESPath expression',
      'Keys with a hyphen or a dot in them stand in double quotes within the expression.',
    );
  }
}

/** How large a value becomes that is `size` times the document's. Throws LK-SYNTAX. */
function growthOf(node: Expression, size: number, meter: Meter): number {
  const grown = grow(node, size, meter);
  if (meter.isInEach || !FREE.has(node.type)) meter.work += Math.max(grown, size);
  if (grown > MOST_GROWTH)
    throw tooCostly(`can make more than ${String(MOST_GROWTH)} times the secret out of it`);
  return grown;
}

function grow(node: Expression, size: number, meter: Meter): number {
  switch (node.type) {
    case 'Identity':
    case 'Current':
    case 'Field':
    case 'Index':
    case 'Slice':
      return size;
    case 'Literal':
      return size * textGrowth(JSON.stringify(node.value).length);
    case 'MultiSelectList':
      return sum(node.children, size, meter);
    case 'MultiSelectHash': {
      const names = node.children.reduce((length, { name }) => length + name.length, 0);
      const values = node.children.map(({ value }) => value);
      return sum(values, size, meter) + size * textGrowth(names);
    }
    case 'Function':
      return growthOfCall(node, size, meter);
    default:
      return growOfOne(node, size, meter) ?? growOfTwo(node, size, meter);
  }
}

function growOfOne(node: Expression, size: number, meter: Meter): number | undefined {
  switch (node.type) {
    case 'Flatten':
      return growthOf(node.child, size, meter);
    case 'NotExpression':
      growthOf(node.child, size, meter);
      return size;
    default:
      return undefined;
  }
}

function growOfTwo(node: Expression, size: number, meter: Meter): number {
  switch (node.type) {
    case 'Pipe':
    case 'Subexpression':
    case 'IndexExpression':
      return growthOf(node.right, growthOf(node.left, size, meter), meter);
    case 'Projection':
    case 'ValueProjection': {
      const left = growthOf(node.left, size, meter);
      return inEach(meter, () => growthOf(node.right, left, meter));
    }
    case 'FilterProjection': {
      const left = growthOf(node.left, size, meter);
      return inEach(meter, () => {
        growthOf(node.condition, left, meter);
        return growthOf(node.right, left, meter);
      });
    }
    case 'Comparator':
      growthOf(node.left, size, meter);
      growthOf(node.right, size, meter);
      return size;
    case 'AndExpression':
    case 'OrExpression':
      return Math.max(growthOf(node.left, size, meter), growthOf(node.right, size, meter));
    default:
      throw beyond('it is not in the JMESPath specification');
  }
}

function growthOfCall(
  { name, children }: Extract<Expression, { type: 'Function' }>,
  size: number,
  meter: Meter,
): number {
  // What is handed over unevaluated has a meaning for functions alone.
  const given = children.map((child) => (child.type === 'ExpressionReference' ? child.child : child));
  const factor = FUNCTIONS.get(name);
  if (factor === undefined) throw beyond('it calls a function that is not in the JMESPath specification');
  if (name === 'map' && given.length === 2) {
    const [each, list] = given as [Expression, Expression];
    const grown = growthOf(list, size, meter);
    return inEach(meter, () => growthOf(each, grown, meter));
  }
  // Between any two entries: glue out of the document would make the square of it.
  if (name === 'join' && children[0]?.type !== 'Literal')
    throw tooCostly('joins with something else than a literal');
  // `sort_by` and its like evaluate what they are handed for each entry.
  return factor * inEach(meter, () => sum(given, size, meter));
}

function textGrowth(length: number): number {
  return Math.ceil(length / TEXT_UNIT);
}

function sum(children: readonly Expression[], size: number, meter: Meter): number {
  return children.reduce((total, child) => total + growthOf(child, size, meter), 0);
}

function tooCostly(what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    `jmesPath ${what}`,
    'Take single values out of the secret, each with a path of its own.',
  );
}

function beyond(why: string): LatchkeyError {
  return new LatchkeyError(
    'LK-SYNTAX',
    `jmesPath cannot be used: ${why}`,
    'Use what jmespath.org specifies.',
  );
}
