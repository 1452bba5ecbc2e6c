import type { GoFunction } from '../functions/signature.ts';
import type { Budget } from '../limits.ts';
import type { Body } from '../syntax/nodes.ts';
import { Fault } from '../template-error.ts';
import type { Value } from '../values/value.ts';

/** What a missing key of a map is: an error, nothing (which prints `<no value>`), or the zero value of the map's type. */
export type MissingKey = 'error' | 'default' | 'zero';

/** One rendering of a template and of those that it calls. */
export interface Rendering {
  readonly templates: ReadonlyMap<string, Body>;
  readonly functions: ReadonlyMap<string, GoFunction>;
  readonly missingKey: MissingKey;
  readonly noValue: 'print' | 'refuse';
  readonly budget: Budget;
  readonly output: string[];
  outputLength: number;
  /** The place of what is evaluated now, for the message when it fails. */
  at: number;
}

export interface Variable {
  readonly name: string;
  value: Value | undefined;
}

/** One call of a template: its own variables, the innermost last. */
export interface Frame {
  readonly rendering: Rendering;
  readonly variables: Variable[];
}

export function newFrame(rendering: Rendering, dot: Value | undefined): Frame {
  return { rendering, variables: [{ name: '$', value: dot }] };
}

export function variableOf({ variables }: Frame, name: string): Variable {
  const found = variables.findLast((variable) => variable.name === name);
  if (found === undefined) throw new Fault('the variable is not declared here', 'Declare it with :=.');
  return found;
}

export function write(rendering: Rendering, text: string): void {
  rendering.outputLength += text.length;
  rendering.budget.fits(rendering.outputLength);
  rendering.budget.work(text.length);
  rendering.output.push(text);
}
