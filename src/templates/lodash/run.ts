import { Fault } from '../template-error.ts';
import { evaluate, type Rendering } from './evaluate.ts';
import type { Block, Statement } from './nodes.ts';
import { Scope } from './scope.ts';
import { isList, isTruthy, type Js, kindOf, toText } from './values.ts';

/** What a `return` gave; absent where none was met. */
type Returned = { readonly value: Js } | undefined;

const HTML: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

export function write(rendering: Rendering, text: string): void {
  rendering.outputLength += text.length;
  rendering.budget.fits(rendering.outputLength);
  rendering.budget.work(text.length);
  rendering.output.push(text);
}

/** Writes what the statements give to the rendering's output. Throws {@link Fault}, with its place in the rendering. */
export function runBlock({ statements }: Block, scope: Scope, rendering: Rendering): Returned {
  return rendering.budget.deeper(() => {
    for (const statement of statements) {
      rendering.budget.spend(1);
      rendering.at = statement.at;
      const returned = runStatement(statement, scope, rendering);
      if (returned !== undefined) return returned;
    }
    return undefined;
  });
}

function runStatement(statement: Statement, scope: Scope, rendering: Rendering): Returned {
  switch (statement.kind) {
    case 'if': {
      const branch = isTruthy(evaluate(statement.test, scope, rendering)) ? statement.yes : statement.no;
      return branch === undefined ? undefined : runBlock(branch, new Scope(scope), rendering);
    }
    case 'for':
      return runFor(statement, scope, rendering);
    case 'return':
      return {
        value: statement.value === undefined ? undefined : evaluate(statement.value, scope, rendering),
      };
    default:
      runSimple(statement, scope, rendering);
      return undefined;
  }
}

/** A statement that has no others in it. */
function runSimple(
  statement: Exclude<Statement, { kind: 'if' | 'for' | 'return' }>,
  scope: Scope,
  rendering: Rendering,
): void {
  if (statement.kind === 'text') {
    write(rendering, statement.text);
    return;
  }
  const value = evaluate(statement.value, scope, rendering);
  if (statement.kind === 'declare') scope.declare(statement.name, value, statement.constant);
  else if (statement.kind === 'assign') scope.assign(statement.name, value);
  else if (statement.kind === 'output') write(rendering, shown(value, statement.escapes, rendering));
}

/** Nothing is shown as nothing, as in lodash, unless that is to be an error. */
function shown(value: Js, escapes: boolean, { budget, noValue }: Rendering): string {
  const nothing = value === null || value === undefined;
  if (nothing && noValue === 'refuse') {
    throw new Fault('there is no value to print', 'Correct the key, or give a value with || or ??.');
  }
  const text = nothing ? '' : toText(value, budget);
  return escapes ? text.replace(/[&<>"']/g, (each) => HTML.get(each) ?? each) : text;
}

function runFor(
  statement: Extract<Statement, { kind: 'for' }>,
  scope: Scope,
  rendering: Rendering,
): Returned {
  const list = evaluate(statement.of, scope, rendering);
  if (!isList(list)) throw new Fault(`a for goes over an array, and not over ${kindOf(list)}`);
  for (const item of list) {
    // A round costs something even where its body is empty.
    rendering.budget.spend(1);
    const inner = new Scope(scope);
    inner.declare(statement.name, item);
    const returned = runBlock(statement.body, inner, rendering);
    if (returned !== undefined) return returned;
  }
  return undefined;
}
