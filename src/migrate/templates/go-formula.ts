// Go templates, as External Secrets Operator and sealed-secrets have them.

import type { Command, Operand, Pipeline, Statement } from '../../templates/syntax/nodes.ts';
import { parse } from '../../templates/syntax/parse.ts';
import { Fault } from '../../templates/template-error.ts';
import { decodeUtf8 } from '../../templates/values/utf8.ts';
import { notConvertible } from '../definitions/meaning.ts';
import type { Formula, Value } from './formula.ts';

/**
 * What a Go template makes, as far as it is text, values and their encodings.
 *
 * @throws LatchkeyError for everything else, naming it
 */
export function goFormula(text: string): Formula {
  try {
    const { main, templates } = parse(text, 'template');
    if (templates.size > 1) throw unknown('define or block');
    return main.flatMap(statementFormula);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw notConvertible(`its template cannot be read: ${error.message}`);
  }
}

function unknown(what: string): Error {
  return notConvertible(
    `its template has ${what}`,
    'Only text, values and their encodings can be converted.',
  );
}

function statementFormula(statement: Statement): Formula {
  if (statement.kind === 'text') return [decodeUtf8(statement.text)];
  if (statement.kind !== 'action') throw unknown(statement.kind);
  return [printable(pipelineValue(statement.pipeline))];
}

/** A value on its way through a pipeline; `parsed` where `fromJson` made it something else than text. */
interface Passed {
  readonly value: Value;
  readonly parsed?: true;
}

function printable({ value, parsed }: Passed): Value {
  if (parsed === true && value.kind !== 'member') throw unknown('fromJson without a member of it');
  return value;
}

function pipelineValue({ variables, commands }: Pipeline): Passed {
  if (variables.length > 0) throw unknown('a variable');
  let passed: Passed | undefined;
  for (const command of commands) passed = commandValue(command, passed);
  if (passed === undefined) throw unknown('nothing to print');
  return passed;
}

/** @param piped what the commands before it gave: its last argument */
function commandValue({ operands }: Command, piped: Passed | undefined): Passed {
  const [first, ...rest] = operands;
  if (first.kind !== 'function') {
    if (piped !== undefined || rest.length > 0) throw unknown('a value with arguments');
    return operandValue(first);
  }
  if (first.name === 'index' && piped === undefined) return indexed(rest);
  const [only] = rest;
  if (rest.length + (piped === undefined ? 0 : 1) !== 1)
    throw unknown(`${first.name} with several arguments`);
  return applied(first.name, piped ?? operandValue(only ?? first));
}

function operandValue(operand: Operand): Passed {
  if (operand.kind === 'field') {
    const [key, ...more] = operand.names;
    if (key === undefined || more.length > 0) throw unknown('a field of a text');
    return { value: { kind: 'key', key } };
  }
  if (operand.kind === 'pipeline') return pipelineValue(operand);
  if (operand.kind === 'chain') return membersOf(operandValue(operand.of), operand.names);
  throw unknown(`what cannot be said (${operand.kind})`);
}

/** `index . "a-key"`, and of JSON `index (… | fromJson) "a" "b"`. */
function indexed([of, ...keys]: readonly Operand[]): Passed {
  const names = keys.map((key) => {
    if (key.kind !== 'string') throw unknown('index with something else than texts');
    return decodeUtf8(key.value);
  });
  const [name, ...more] = names;
  if (of === undefined || name === undefined) throw unknown('index without a key');
  if (of.kind !== 'dot') return membersOf(operandValue(of), names);
  if (more.length > 0) throw unknown('a field of a text');
  return { value: { kind: 'key', key: name } };
}

function membersOf({ value, parsed }: Passed, names: readonly string[]): Passed {
  if (parsed !== true) throw unknown('a field of a text');
  const before = value.kind === 'member' ? value : { of: value, keys: [] };
  const keys = [...before.keys, ...names];
  return { value: { kind: 'member', of: before.of, keys, differences: ['go-numbers'] }, parsed };
}

/** Functions that annotations have no option for; they can still stand in another Go template. */
const OTHERS = ['upper', 'lower', 'trim'];

function applied(name: string, passed: Passed): Passed {
  if (name === 'fromJson' && passed.parsed !== true) return { value: passed.value, parsed: true };
  const value = printable(passed);
  switch (name) {
    case 'toString':
      return { value };
    case 'b64enc':
      return { value: { kind: 'encoded', of: [value], as: 'base64' } };
    case 'b64dec':
      return { value: { kind: 'decoded', of: value } };
    case 'urlquery':
      return { value: { kind: 'encoded', of: [value], as: 'url', differences: ['go-url'] } };
    case 'toJson':
    case 'toRawJson':
      if (value.kind === 'member') throw unknown('JSON of a member of JSON');
      return { value: { kind: 'encoded', of: [value], as: 'json', differences: ['go-json'] } };
    case 'quote':
      return { value: { kind: 'encoded', of: [value], as: 'json', differences: ['go-json'] } };
    default:
      if (OTHERS.includes(name)) return { value: { kind: 'function', of: value, name, written: name } };
      throw unknown(`the function ${name}`);
  }
}
