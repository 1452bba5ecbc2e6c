import type { Budget } from '../limits.ts';
import { Fault } from '../template-error.ts';
import type { Block, Expression } from './nodes.ts';
import type { Scope } from './scope.ts';

/** A function that the template writes, with the variables that it sees. */
export class Closure {
  readonly parameters: readonly string[];
  readonly body: Block | Expression;
  readonly scope: Scope;

  constructor(parameters: readonly string[], body: Block | Expression, scope: Scope) {
    this.parameters = parameters;
    this.body = body;
    this.scope = scope;
  }
}

/** What functions are called with beside their arguments. */
export interface Call {
  readonly budget: Budget;
  /** Runs a function of the template. */
  invoke(callback: Js, args: readonly Js[]): Js;
}

/** A function of ours. */
export class Native {
  readonly run: (args: readonly Js[], call: Call) => Js;

  constructor(run: Native['run']) {
    this.run = run;
  }
}

/** `JSON`, `Buffer` and their like: only what is listed is there. */
export class Namespace {
  readonly name: string;
  readonly members: Readonly<Record<string, Native>>;
  /** Where the name itself may be called, as `String(x)`. */
  readonly self: Native | undefined;

  constructor(name: string, members: Namespace['members'], self?: Native) {
    this.name = name;
    this.members = members;
    this.self = self;
  }
}

/** A regular expression literal. */
export class Pattern {
  readonly source: string;
  readonly flags: string;

  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }
}

/** The value of an expression. Objects are maps, so that only their own keys are found. */
export type Js =
  | undefined
  | null
  | boolean
  | number
  | string
  | readonly Js[]
  | ReadonlyMap<string, Js>
  | Buffer
  | Closure
  | Native
  | Namespace
  | Pattern;

export function isList(value: Js): value is readonly Js[] {
  return Array.isArray(value);
}

export function isObject(value: Js): value is ReadonlyMap<string, Js> {
  return value instanceof Map;
}

/** What a value is called in a message. */
export function kindOf(value: Js): string {
  if (value === null || value === undefined) return String(value);
  if (isList(value)) return 'an array';
  if (isObject(value)) return 'an object';
  if (Buffer.isBuffer(value)) return 'a Buffer';
  return typeof value === 'object' ? 'a function or namespace' : `a ${typeof value}`;
}

/** What JavaScript makes of a value in a text. An object would be `[object Object]`, which nobody wants in a Secret. */
export function toText(value: Js, budget: Budget): string {
  if (typeof value === 'string') return value;
  if (isList(value)) {
    return budget.deeper(() => {
      const parts = value.map((item) => (item === null || item === undefined ? '' : toText(item, budget)));
      budget.string(parts.reduce((sum, part) => sum + part.length + 1, 0));
      return parts.join(',');
    });
  }
  if (Buffer.isBuffer(value)) return value.toString();
  if (typeof value === 'object' && value !== null) {
    throw new Fault(
      `${kindOf(value)} has no text`,
      'Write it with JSON.stringify, or take one of its members.',
    );
  }
  return String(value);
}

export function toNumber(value: Js): number {
  if (typeof value === 'object' && value !== null) throw new Fault(`${kindOf(value)} is no number`);
  return Number(value);
}

export function isTruthy(value: Js): boolean {
  return Boolean(value);
}

/** `===` for `strict`, else `==`. */
export function isEqual(a: Js, b: Js, strict: boolean): boolean {
  if (strict || typeof a === typeof b) return a === b;
  const nothing = (value: Js) => value === null || value === undefined;
  if (nothing(a) || nothing(b)) return nothing(a) && nothing(b);
  return typeof a !== 'object' && typeof b !== 'object' && Number(a) === Number(b);
}
