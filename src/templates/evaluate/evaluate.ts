import { quoted } from '../../quote.ts';
import { type GoFunction, idealValue, type Parameter } from '../functions/signature.ts';
import type { Command, Literal, Operand, Pipeline } from '../syntax/nodes.ts';
import { Fault } from '../template-error.ts';
import { isTrue } from '../values/truth.ts';
import { typeName, type Value } from '../values/value.ts';
import { fieldOf } from './field.ts';
import { type Frame, variableOf } from './frame.ts';

/** Where something is evaluated: the variables, and what `.` is. */
export interface Scope {
  readonly frame: Frame;
  readonly dot: Value | undefined;
}

/** What a pipeline hands to its next command; absent for the first one. */
type Final = { readonly value: Value | undefined } | undefined;

/**
 * The value of a pipeline, given to the variables that it declares or sets; `undefined` is no value. Throws
 * {@link Fault}, the place of which is the rendering's.
 */
export function evaluatePipeline(scope: Scope, pipeline: Pipeline): Value | undefined {
  const { rendering, variables } = scope.frame;
  return rendering.budget.deeper(() => {
    rendering.at = pipeline.at;
    let final: Final;
    for (const command of pipeline.commands) {
      // Go takes a nil out of its interface here, and with it the knowledge that there was one.
      final = { value: evaluateCommand(scope, command, final) ?? undefined };
    }
    for (const name of pipeline.variables) {
      if (pipeline.assigns) variableOf(scope.frame, name).value = final?.value;
      else variables.push({ name, value: final?.value });
    }
    return final?.value;
  });
}

function evaluateCommand(scope: Scope, { operands }: Command, final: Final): Value | undefined {
  const { rendering } = scope.frame;
  const [first, ...args] = operands;
  rendering.budget.spend(1);
  rendering.at = first.at;
  if (first.kind === 'function') return callFunction(scope, first, args, final);
  if (args.length > 0 || final !== undefined) {
    throw new Fault('arguments stand behind something that is no function', 'Only functions take arguments.');
  }
  if (first.kind === 'nil') throw new Fault('nil alone is no command', 'Remove it.');
  return evaluateOperand(scope, first);
}

function evaluateOperand(scope: Scope, operand: Operand): Value | undefined {
  const { frame, dot } = scope;
  frame.rendering.at = operand.at;
  switch (operand.kind) {
    case 'dot':
      return dot;
    case 'field':
      return fieldsOf(frame, dot, operand.names);
    case 'variable':
      return fieldsOf(frame, variableOf(frame, operand.variable).value, operand.names);
    case 'chain': {
      const value = evaluateOperand(scope, operand.of);
      frame.rendering.at = operand.at;
      return fieldsOf(frame, value, operand.names);
    }
    case 'function':
      return callFunction(scope, operand, [], undefined);
    case 'pipeline':
      return evaluatePipeline(scope, operand);
    default:
      return idealValue(operand);
  }
}

function fieldsOf(
  { rendering }: Frame,
  value: Value | undefined,
  names: readonly string[],
): Value | undefined {
  rendering.budget.spend(names.length);
  let found = value;
  for (const name of names) found = fieldOf(found, name, rendering.missingKey);
  return found;
}

type FunctionOperand = Extract<Operand, { kind: 'function' }>;

function callFunction(
  scope: Scope,
  operand: FunctionOperand,
  args: readonly Operand[],
  final: Final,
): Value | undefined {
  const { name } = operand;
  if (name === 'and' || name === 'or') return shortCircuit(scope, operand, args, final);
  const { rendering } = scope.frame;
  const found = rendering.functions.get(name);
  if (found === undefined) throw new Fault(`there is no function ${quoted(name, 40)}`, 'Use another one.');
  checkCount(name, found, args.length + (final === undefined ? 0 : 1));
  const values = args.map((arg, index) => evaluateArgument(scope, parameterAt(found, index), arg));
  if (final !== undefined) values.push(checked(final.value, parameterAt(found, values.length)));
  rendering.at = operand.at;
  const { budget } = rendering;
  budget.spend(1);
  for (const value of values) if (typeof value === 'string') budget.work(value.length);
  try {
    const result = found.call(values, budget);
    if (typeof result === 'string') budget.string(result.length);
    return result;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(`${name}: ${error.message}`, error.remedy);
  }
}

function parameterAt({ parameters, rest }: GoFunction, index: number): Parameter {
  const parameter = parameters[index] ?? rest;
  if (parameter === undefined) throw new Fault('too many arguments');
  return parameter;
}

function checkCount(name: string, { parameters, rest }: GoFunction, count: number): void {
  const wanted = parameters.length;
  if (count === wanted || (rest !== undefined && count > wanted)) return;
  const atLeast = rest === undefined ? '' : 'at least ';
  throw new Fault(
    `${name} takes ${atLeast}${String(wanted)} arguments, and ${String(count)} are given`,
    'Give it as many as it takes; what stands before a | is the last one.',
  );
}

function evaluateArgument(scope: Scope, parameter: Parameter, operand: Operand): Value {
  scope.frame.rendering.at = operand.at;
  switch (operand.kind) {
    case 'nil':
      if (parameter.nillable) return null;
      throw wrongType('nil', parameter);
    case 'bool':
    case 'number':
    case 'string':
      return literalArgument(operand, parameter);
    default:
      return checked(evaluateOperand(scope, operand), parameter);
  }
}

function literalArgument(literal: Literal, parameter: Parameter): Value {
  const value = parameter.literal(literal);
  if (value === undefined) throw wrongType(`a ${literal.kind}`, parameter);
  return value;
}

function checked(value: Value | undefined, parameter: Parameter): Value {
  if (value === undefined || value === null) {
    if (parameter.nillable) return null;
    throw wrongType('no value', parameter);
  }
  if (parameter.is(value)) return value;
  throw wrongType(typeName(value), parameter);
}

function wrongType(given: string, { type }: Parameter): Fault {
  const convert = type === 'string' ? 'toString' : type === 'int' ? 'int' : undefined;
  return new Fault(
    `a ${type} is wanted here, and ${given} is given`,
    convert === undefined ? 'Give a value of that type.' : `Convert it, for example with ${convert}.`,
  );
}

/** `and` and `or` evaluate no argument behind the one that decides. */
function shortCircuit(
  scope: Scope,
  { name, at }: FunctionOperand,
  args: readonly Operand[],
  final: Final,
): Value | undefined {
  scope.frame.rendering.at = at;
  if (args.length === 0 && final === undefined) {
    throw new Fault(`${name} takes at least 1 argument`, 'Give it one.');
  }
  let value: Value | undefined;
  for (const arg of args) {
    scope.frame.rendering.at = arg.at;
    value = arg.kind === 'nil' ? undefined : evaluateOperand(scope, arg);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return final === undefined ? value : final.value;
}
