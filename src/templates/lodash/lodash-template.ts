import { Budget, DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { placeIn } from '../syntax/place.ts';
import { SyntaxFault } from '../syntax/syntax-fault.ts';
import { Fault, TemplateError } from '../template-error.ts';
import type { Rendering } from './evaluate.ts';
import { LIBRARY } from './library.ts';
import type { Block } from './nodes.ts';
import { parseLodash } from './parse.ts';
import { runBlock } from './run.ts';
import { Scope } from './scope.ts';

/** The data of a template: what `data.KEY` and `data["KEY"]` are. */
export type LodashData = ReadonlyMap<string, string>;

export interface LodashOptions {
  readonly limits?: Partial<Limits>;
  /** An expression without a value writes nothing, as in lodash, or is an error. */
  readonly noValue?: 'print' | 'refuse';
}

export interface LodashTemplate {
  /** The text that the template gives. Throws {@link TemplateError}, and nothing else. */
  render(data: LodashData, options?: LodashOptions): string;
}

/**
 * Reads a lodash template of kubernetes-external-secrets: `<%= … %>`, `<%- … %>`, `<% … %>` and `${…}` with the part of
 * JavaScript that docs/templates.md describes. Nothing of it is ever run as JavaScript. Throws {@link TemplateError}.
 *
 * @example parseLodashTemplate('<%= JSON.parse(data.db).password %>', { name: 'password' }).render(data)
 */
export function parseLodashTemplate(text: string, { name }: { readonly name: string }): LodashTemplate {
  const template = guarded(
    () => parseLodash(text),
    (error) => failure({ name, text, at: error instanceof SyntaxFault ? error.at : 0 }, error),
  );
  return { render: (data, options) => render({ name, text, template }, data, options) };
}

interface Source {
  readonly name: string;
  readonly text: string;
  readonly template: Block;
}

function guarded<T>(run: () => T, failed: (error: Fault) => TemplateError): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Fault) throw failed(error);
    throw error;
  }
}

interface Failed {
  readonly name: string;
  readonly text: string;
  readonly at: number;
}

function failure({ name, text, at }: Failed, { message, remedy }: Fault): TemplateError {
  return new TemplateError({
    name,
    faults: [{ ...placeIn(text, at), message }],
    remedy: remedy ?? 'Correct the template, or its data.',
  });
}

function render(source: Source, data: LodashData, options: LodashOptions = {}): string {
  const rendering: Rendering = {
    budget: new Budget({ ...DEFAULT_LIMITS, ...options.limits }),
    noValue: options.noValue ?? 'print',
    output: [],
    outputLength: 0,
    at: 0,
    run: (block, scope) => runBlock(block, scope, rendering)?.value,
  };
  const globals = new Scope();
  for (const [name, value] of Object.entries(LIBRARY)) globals.declare(name, value, true);
  globals.declare('data', new Map(data), true);
  guarded(
    () => runBlock(source.template, new Scope(globals), rendering),
    (error) => failure({ ...source, at: rendering.at }, error),
  );
  return rendering.output.join('');
}
