import { quoted } from '../../quote.ts';
import { encodeUtf8 } from '../values/utf8.ts';
import { characterOf, stringOf } from './literals.ts';
import type { Command, Mention, Operand, Pipeline } from './nodes.ts';
import { numberOf } from './numbers.ts';
import type { Token } from './scan.ts';
import { SyntaxFault } from './syntax-fault.ts';
import type { TokenReader } from './token-reader.ts';

const MAX_NESTING = 100;

/** What is known while a template is parsed. */
export interface ParseScope {
  readonly tokens: TokenReader;
  /** The variables that may be used here, the innermost last. */
  readonly variables: string[];
  readonly mentions: Mention[];
  depth: number;
}

/** Runs one level deeper, so that what is nested without end is refused and not the stack overrun. */
export function nested<T>(scope: ParseScope, parse: () => T): T {
  scope.depth += 1;
  if (scope.depth > MAX_NESTING) {
    throw new SyntaxFault(`nested deeper than ${String(MAX_NESTING)}`, scope.tokens.peek().at);
  }
  const result = parse();
  scope.depth -= 1;
  return result;
}

/** `[$x :=] command { "|" command }` up to the sign that closes it, which is taken too. */
export function parsePipeline(scope: ParseScope, context: string, closing: '}}' | ')' = '}}'): Pipeline {
  const { tokens } = scope;
  const { at } = tokens.peek();
  const { variables, assigns } = parseVariables(scope, context);
  const commands: Command[] = [];
  for (;;) {
    if (closing === '}}' ? tokens.accept('right') : tokens.accept('sign', ')')) break;
    if (!startsOperand(tokens.peek())) tokens.unexpected(`in ${context}`);
    commands.push(parseCommand(scope));
  }
  if (commands.length === 0) throw new SyntaxFault(`a value is missing in ${context}`, at);
  checkStages(commands);
  return { kind: 'pipeline', variables, assigns, commands, at };
}

function checkStages([, ...later]: readonly Command[]): void {
  for (const { operands, at } of later) {
    if (['nil', 'bool', 'number', 'string', 'dot'].includes(operands[0].kind)) {
      throw new SyntaxFault('what stands behind a | must be a function', at);
    }
  }
}

function parseVariables(scope: ParseScope, context: string): Pick<Pipeline, 'variables' | 'assigns'> {
  const { tokens } = scope;
  const found: string[] = [];
  while (tokens.peek().kind === 'variable') {
    const after = tokens.peek(1);
    const declares = after.kind === 'sign' && (after.text === ':=' || after.text === '=');
    const comma = after.kind === 'sign' && after.text === ',';
    // The second variable of a range may be the last thing that stands before its sign.
    if (!declares && !comma) break;
    const { text } = tokens.next();
    found.push(text);
    scope.variables.push(text);
    tokens.next();
    if (declares) return { variables: found, assigns: after.text === '=' };
    if (context !== 'range' || found.length > 1 || tokens.peek().kind !== 'variable') {
      throw new SyntaxFault('only a range declares two variables, and no more', after.at);
    }
  }
  if (found.length > 0) tokens.unexpected('where := should stand');
  return { variables: [], assigns: false };
}

function startsOperand({ kind, text }: Token): boolean {
  if (kind === 'sign') return text === '(';
  return !['text', 'left', 'right', 'keyword', 'end'].includes(kind);
}

function parseCommand(scope: ParseScope): Command {
  const { tokens } = scope;
  const { at } = tokens.peek();
  const operands: [Operand, ...Operand[]] = [parseOperand(scope)];
  for (;;) {
    const next = tokens.peek();
    if (tokens.accept('sign', '|')) break;
    if (next.kind === 'right' || (next.kind === 'sign' && next.text === ')')) break;
    if (!next.apart || !startsOperand(next)) tokens.unexpected('in a command');
    operands.push(parseOperand(scope));
  }
  return { operands, at };
}

function fieldName(token: Token): string {
  return encodeUtf8(token.text.slice(1));
}

/** A term and the fields behind it: `.a.b`, `$x.a`, `(f x).a`. */
function parseOperand(scope: ParseScope): Operand {
  const { tokens } = scope;
  const term = parseTerm(scope);
  const names: string[] = [];
  const { at } = tokens.peek();
  while (tokens.peek().kind === 'field' && !tokens.peek().apart) names.push(fieldName(tokens.next()));
  if (names.length === 0) return term;
  switch (term.kind) {
    case 'field':
    case 'variable':
      return { ...term, names: [...term.names, ...names] };
    case 'function':
    case 'pipeline':
    case 'chain':
      return { kind: 'chain', of: term, names, at };
    default:
      throw new SyntaxFault('a field of something that has none', at);
  }
}

function parseTerm(scope: ParseScope): Operand {
  const { tokens } = scope;
  const token = tokens.next();
  const { at, text } = token;
  switch (token.kind) {
    case 'identifier':
      scope.mentions.push({ name: text, at });
      return { kind: 'function', name: text, at };
    case 'dot':
    case 'nil':
      return { kind: token.kind, at };
    case 'bool':
      return { kind: 'bool', value: text === 'true', at };
    case 'field':
      return { kind: 'field', names: [fieldName(token)], at };
    case 'variable':
      if (!scope.variables.includes(text)) {
        throw new SyntaxFault(`the variable ${quoted(text, 40)} is not declared`, at);
      }
      return { kind: 'variable', variable: text, names: [], at };
    case 'string':
      return { kind: 'string', value: stringOf(text, at), at };
    case 'number':
      return numberOf(text, at);
    case 'char': {
      const integer = characterOf(text, at);
      return { kind: 'number', integer, float: Number(integer), ideal: 'integer', at };
    }
    default:
      return nested(scope, () => parsePipeline(scope, 'parentheses', ')'));
  }
}
