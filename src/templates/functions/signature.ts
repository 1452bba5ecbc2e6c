import type { Budget } from '../limits.ts';
import type { Literal } from '../syntax/nodes.ts';
import { Dict, type Value } from '../values/value.ts';

/** What a function takes at one place: a Go type, which values it has, and which literals of a template stand for one. */
export interface Parameter<T extends Value = Value> {
  /** Go's name of the type. */
  readonly type: string;
  /** Whether nothing at all may stand for it. */
  readonly nillable: boolean;
  is(value: Value): value is T;
  /** The value of a literal; `undefined` when a literal of this kind cannot stand here. */
  literal(literal: Literal): Value | undefined;
}

/** `interface {}`: everything. */
export const any: Parameter = {
  type: 'interface {}',
  nillable: true,
  is: (value): value is Value => value !== undefined,
  literal: idealValue,
};

export const text: Parameter<string> = {
  type: 'string',
  nillable: false,
  is: (value) => typeof value === 'string',
  literal: (literal) => (literal.kind === 'string' ? literal.value : undefined),
};

export const bool: Parameter<boolean> = {
  type: 'bool',
  nillable: false,
  is: (value) => typeof value === 'boolean',
  literal: (literal) => (literal.kind === 'bool' ? literal.value : undefined),
};

/** `int` only: an `int64`, which arithmetic gives, is another type, and Go refuses it here. */
export const int: Parameter<bigint> = {
  type: 'int',
  nillable: false,
  is: (value) => typeof value === 'bigint',
  literal: (literal) => (literal.kind === 'number' ? literal.integer : undefined),
};

export const float: Parameter<number> = {
  type: 'float64',
  nillable: false,
  is: (value) => typeof value === 'number',
  literal: (literal) => (literal.kind === 'number' ? literal.float : undefined),
};

/** `map[string]interface {}`. A nil one is empty. The data of a template itself is a `map[string]string`, which is none. */
export const dict: Parameter<Dict | null> = {
  type: 'map[string]interface {}',
  nillable: true,
  is: (value): value is Dict | null => value === null || (value instanceof Dict && value.of === 'any'),
  literal: () => undefined,
};

/** A literal's value where no type is asked for. */
export function idealValue(literal: Literal): Value | undefined {
  switch (literal.kind) {
    case 'nil':
      return null;
    case 'number':
      return literal.ideal === 'integer' ? literal.integer : literal.float;
    default:
      return literal.value;
  }
}

export interface GoFunction {
  readonly parameters: readonly Parameter[];
  /** The type of what may follow, any number of times. */
  readonly rest: Parameter | undefined;
  /** `args` fit the parameters. Throws {@link Fault}; `undefined` is no value. */
  call(args: readonly Value[], budget: Budget): Value | undefined;
}

type Taken<P extends readonly Parameter[]> = {
  [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** A function of these parameters. */
export function takes<const P extends readonly Parameter[]>(
  parameters: P,
  run: (args: Taken<P>, budget: Budget) => Value | undefined,
): GoFunction {
  // The evaluator has checked each argument against its parameter.
  return { parameters, rest: undefined, call: (args, budget) => run(args as Taken<P>, budget) };
}

/** A function of these parameters and any number of `rest`. */
export function takesMore<const P extends readonly Parameter[], R extends Value>(
  parameters: P,
  rest: Parameter<R>,
  run: (args: Taken<P>, more: readonly R[], budget: Budget) => Value | undefined,
): GoFunction {
  const fixed = parameters.length;
  return {
    parameters,
    rest,
    call: (args, budget) => run(args.slice(0, fixed) as Taken<P>, args.slice(fixed) as R[], budget),
  };
}

export type FunctionTable = Readonly<Record<string, GoFunction>>;
