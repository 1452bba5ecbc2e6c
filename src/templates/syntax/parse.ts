import { MAX_TEMPLATE_CHARACTERS } from '../limits.ts';
import { encodeUtf8 } from '../values/utf8.ts';
import { stringOf } from './literals.ts';
import type { Body, Control, Parsed, Statement, TemplateCall } from './nodes.ts';
import { nested, parsePipeline, type ParseScope } from './parse-pipeline.ts';
import { scan, type Token } from './scan.ts';
import { SyntaxFault } from './syntax-fault.ts';
import { TokenReader } from './token-reader.ts';

/** What one `define`, `block` or the template itself is parsed with. */
interface Scope extends ParseScope {
  readonly templates: Map<string, Body>;
  /** How many ranges are open, as `break` and `continue` need one. */
  ranges: number;
}

/** How a list of statements ended: `{{end}}`, `{{else}}`, or `{{else if …}}`, of which `if` is still to be read. */
type Ending = 'end' | 'else' | 'else if' | 'else with';

/**
 * Parses a Go text/template. Names of functions are only collected: which of them there are, the caller knows.
 * Throws {@link SyntaxFault}.
 */
export function parse(text: string, name: string): Parsed {
  if (text.length > MAX_TEMPLATE_CHARACTERS) {
    throw new SyntaxFault(`the template is longer than ${String(MAX_TEMPLATE_CHARACTERS)} characters`, 0);
  }
  const scope = newScope(new TokenReader(scan(text)), new Map(), []);
  const main: Statement[] = [];
  while (scope.tokens.peek().kind !== 'end') {
    if (!parseDefinition(scope)) main.push(parseTop(scope));
  }
  define(scope, encodeUtf8(name), main, 0);
  return { main, templates: scope.templates, mentions: scope.mentions };
}

function newScope(tokens: TokenReader, templates: Scope['templates'], mentions: Scope['mentions']): Scope {
  return { tokens, templates, mentions, variables: ['$'], depth: 0, ranges: 0 };
}

function parseTop(scope: Scope): Statement {
  const { at } = scope.tokens.peek();
  const statement = parseStatement(scope);
  if (typeof statement === 'string') throw new SyntaxFault(`an {{${statement}}} that belongs to nothing`, at);
  return statement;
}

/** `{{define "name"}} … {{end}}`, which stands only outside of everything else. */
function parseDefinition(scope: Scope): boolean {
  const { tokens } = scope;
  const keyword = tokens.peek(1);
  if (tokens.peek().kind !== 'left' || keyword.kind !== 'keyword' || keyword.text !== 'define') return false;
  tokens.next();
  tokens.next();
  const name = parseName(tokens);
  tokens.expect('right', 'in a define');
  define(scope, name, parseApart(scope, 'a define'), keyword.at);
  return true;
}

/** A body of its own: it sees no variable of what is around it. */
function parseApart(scope: Scope, what: string): Body {
  const inner = newScope(scope.tokens, scope.templates, scope.mentions);
  inner.depth = scope.depth;
  const { at } = scope.tokens.peek();
  const [body, ending] = nested(inner, () => parseBody(inner));
  if (ending !== 'end') throw new SyntaxFault(`an {{else}} in ${what}`, at);
  return body;
}

function isEmpty(body: Body): boolean {
  return body.every((statement) => statement.kind === 'text' && statement.text.trim() === '');
}

function define({ templates }: Scope, name: string, body: Body, at: number): void {
  const before = templates.get(name);
  if (before !== undefined && !isEmpty(before)) {
    if (isEmpty(body)) return;
    throw new SyntaxFault('a template is defined twice', at);
  }
  templates.set(name, body);
}

function parseName(tokens: TokenReader): string {
  const { text, at } = tokens.expect('string', 'where the name of a template should stand');
  return stringOf(text, at);
}

function parseBody(scope: Scope): readonly [Body, Ending] {
  const statements: Statement[] = [];
  for (;;) {
    if (scope.tokens.peek().kind === 'end') scope.tokens.unexpected('before an {{end}}');
    const statement = parseStatement(scope);
    if (typeof statement === 'string') return [statements, statement];
    statements.push(statement);
  }
}

function parseStatement(scope: Scope): Statement | Ending {
  const { tokens } = scope;
  const text = tokens.accept('text');
  if (text !== undefined) return { kind: 'text', text: encodeUtf8(text.text) };
  const { at } = tokens.expect('left', 'here');
  const keyword = tokens.accept('keyword');
  if (keyword !== undefined) return parseKeyword(scope, keyword);
  return { kind: 'action', pipeline: parsePipeline(scope, 'an action'), at };
}

function parseKeyword(scope: Scope, keyword: Token): Statement | Ending {
  switch (keyword.text) {
    case 'if':
    case 'with':
    case 'range':
      return nested(scope, () => parseControl(scope, keyword.text as Control['kind'], keyword.at));
    case 'end':
      scope.tokens.expect('right', 'behind end');
      return 'end';
    case 'else':
      return parseElse(scope.tokens);
    case 'break':
    case 'continue':
      return parseJump(scope, keyword.text, keyword.at);
    case 'template':
      return parseTemplateCall(scope, keyword.at);
    case 'block':
      return parseBlock(scope, keyword.at);
    default:
      throw new SyntaxFault('a define inside of another action', keyword.at);
  }
}

function parseElse(tokens: TokenReader): Ending {
  if (tokens.accept('keyword', 'if')) return 'else if';
  if (tokens.accept('keyword', 'with')) return 'else with';
  tokens.expect('right', 'behind else');
  return 'else';
}

function parseJump(scope: Scope, kind: 'break' | 'continue', at: number): Statement {
  scope.tokens.expect('right', `behind ${kind}`);
  if (scope.ranges === 0) throw new SyntaxFault(`a ${kind} outside of a range`, at);
  return { kind };
}

function parseControl(scope: Scope, kind: Control['kind'], at: number): Control {
  const visible = scope.variables.length;
  const pipeline = parsePipeline(scope, kind);
  if (kind === 'range') scope.ranges += 1;
  const [body, ending] = parseBody(scope);
  if (kind === 'range') scope.ranges -= 1;
  const otherwise = ending === 'end' ? undefined : parseOtherwise(scope, kind, ending);
  scope.variables.length = visible;
  return { kind, pipeline, body, otherwise, at };
}

/** Behind an `{{else}}`; of `{{else if}}` the `{{end}}` closes both. */
function parseOtherwise(scope: Scope, kind: Control['kind'], ending: Ending): Body {
  const { at } = scope.tokens.peek();
  if (ending === 'else') {
    const [body, last] = parseBody(scope);
    if (last !== 'end') throw new SyntaxFault('an {{else}} behind an {{else}}', at);
    return body;
  }
  if (ending !== `else ${kind}`) throw new SyntaxFault(`an {{${ending}}} in a ${kind}`, at);
  return [nested(scope, () => parseControl(scope, kind, at))];
}

function parseTemplateCall(scope: Scope, at: number): TemplateCall {
  const name = parseName(scope.tokens);
  const pipeline = scope.tokens.accept('right') ? undefined : parsePipeline(scope, 'a template call');
  return { kind: 'template', name, pipeline, at };
}

/** `{{block "name" pipeline}} … {{end}}`: a define, and a call of it right there. */
function parseBlock(scope: Scope, at: number): TemplateCall {
  const name = parseName(scope.tokens);
  const pipeline = parsePipeline(scope, 'a block');
  define(scope, name, parseApart(scope, 'a block'), at);
  return { kind: 'template', name, pipeline, at };
}
