import { quoted } from '../../quote.ts';
import { printed } from '../format/print.ts';
import type { Body, Control, Statement, TemplateCall } from '../syntax/nodes.ts';
import { Fault } from '../template-error.ts';
import { isTrue } from '../values/truth.ts';
import { decodeUtf8 } from '../values/utf8.ts';
import { Dict, integerOf, List, SizedInteger, typeName, type Value } from '../values/value.ts';
import { evaluatePipeline, type Scope } from './evaluate.ts';
import { newFrame, type Rendering, variableOf, write } from './frame.ts';

/** How a body ended: by itself, or at a `break` or `continue` that the next range takes. */
type Outcome = 'break' | 'continue' | undefined;

/** Writes what a body gives to the rendering's output. Throws {@link Fault}, the place of which is the rendering's. */
export function runBody(scope: Scope, body: Body): Outcome {
  return scope.frame.rendering.budget.deeper(() => {
    for (const statement of body) {
      const outcome = runStatement(scope, statement);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  });
}

function runStatement(scope: Scope, statement: Statement): Outcome {
  const { rendering } = scope.frame;
  rendering.budget.spend(1);
  switch (statement.kind) {
    case 'text':
      write(rendering, statement.text);
      return undefined;
    case 'action': {
      const value = evaluatePipeline(scope, statement.pipeline);
      if (statement.pipeline.variables.length === 0) print(rendering, statement.at, value);
      return undefined;
    }
    case 'template':
      callTemplate(scope, statement);
      return undefined;
    case 'break':
    case 'continue':
      return statement.kind;
    default:
      return runControl(scope, statement);
  }
}

function print(rendering: Rendering, at: number, value: Value | undefined): void {
  rendering.at = at;
  if (value === undefined) {
    if (rendering.noValue === 'refuse') {
      throw new Fault('there is no value to print', 'Give one with default, or correct the key.');
    }
    write(rendering, '<no value>');
  } else write(rendering, printed(value, rendering.budget));
}

/** A template that is called sees none of the caller's variables. */
function callTemplate(scope: Scope, { name, pipeline, at }: TemplateCall): void {
  const { rendering } = scope.frame;
  rendering.at = at;
  const body = rendering.templates.get(name);
  if (body === undefined) {
    throw new Fault(
      `no template is called ${quoted(decodeUtf8(name), 40)}`,
      'Define it, or correct the name.',
    );
  }
  const dot = pipeline === undefined ? undefined : evaluatePipeline(scope, pipeline);
  runBody({ frame: newFrame(rendering, dot), dot }, body);
}

/** Variables that a control declares, or its body, end with it. */
function runControl(scope: Scope, control: Control): Outcome {
  const { variables } = scope.frame;
  const visible = variables.length;
  const value = evaluatePipeline(scope, control.pipeline);
  const outcome =
    control.kind === 'range' ? runRange(scope, control, value) : runChoice(scope, control, value);
  variables.length = visible;
  return outcome;
}

function runChoice(scope: Scope, { kind, body, otherwise }: Control, value: Value | undefined): Outcome {
  if (isTrue(value)) return runBody(kind === 'with' ? { ...scope, dot: value } : scope, body);
  return otherwise === undefined ? undefined : runBody(scope, otherwise);
}

type Round = readonly [index: Value | undefined, element: Value | undefined];

function runRange(scope: Scope, control: Control, value: Value | undefined): Outcome {
  const { variables, rendering } = scope.frame;
  const visible = variables.length;
  let rounds = 0;
  for (const round of roundsOf(value, control)) {
    rounds += 1;
    rendering.budget.spend(1);
    setVariables(scope, control, round);
    const outcome = runBody({ ...scope, dot: round[1] }, control.body);
    variables.length = visible;
    if (outcome === 'break') break;
  }
  if (rounds > 0 || control.otherwise === undefined) return undefined;
  return runBody(scope, control.otherwise);
}

function* roundsOf(value: Value | undefined, { pipeline }: Control): Generator<Round, void, void> {
  const count = integerOf(value);
  if (value instanceof List) {
    for (const [index, element] of value.items.entries()) yield [BigInt(index), element];
  } else if (value instanceof Dict) {
    yield* value.sorted();
  } else if (count !== undefined && pipeline.variables.length < 2) {
    const type = value instanceof SizedInteger ? value.type : undefined;
    for (let index = 0n; index < count; index += 1n) {
      yield [undefined, type === undefined ? index : new SizedInteger(type, index)];
    }
  } else if (value !== undefined && value !== null) {
    throw new Fault(`range cannot go over a ${typeName(value)}`, 'Give it a list, a map or a count.');
  }
}

/** With two variables the index comes first; one variable is the element. */
function setVariables({ frame }: Scope, { pipeline }: Control, [index, element]: Round): void {
  const { variables, assigns } = pipeline;
  const names = variables.length > 1 ? [index, element] : [element];
  for (const [position, name] of variables.entries()) {
    const value = names[position];
    const target = assigns
      ? variableOf(frame, name)
      : frame.variables[frame.variables.length - variables.length + position];
    if (target !== undefined) target.value = value;
  }
}
