import { Fault } from '../template-error.ts';
import { integerOf, type Value } from '../values/value.ts';

/** One `%…` of a format, its `*` and indexes taken. */
export interface Directive {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

const FLAGS = /[+\-# 0]*/y;
const INDEX = /\[([0-9]{1,7})\]/y;
const DIGITS = /[0-9]+/y;
const MOST = 1_000_000;

function wrong(message: string): Fault {
  return new Fault(message, 'Correct the format, or the arguments behind it.');
}

/** Reads directives, and hands out the arguments that they ask for. Where Go would print `%!`, it throws {@link Fault}. */
export class DirectiveReader {
  readonly #format: string;
  readonly #args: readonly Value[];
  #next = 0;
  #indexed = false;
  at = 0;

  constructor(format: string, args: readonly Value[]) {
    this.#format = format;
    this.#args = args;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#format);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  /** The next argument. */
  argument(): Value {
    const value = this.#args[this.#next];
    if (value === undefined) throw wrong('the format asks for more arguments than there are');
    this.#next += 1;
    return value;
  }

  #index(): void {
    const found = this.#match(INDEX);
    if (found === null) return;
    this.#indexed = true;
    this.#next = Number(found[1]) - 1;
    if (this.#next < 0) throw wrong('the format asks for an argument that is not there');
  }

  /** `*` or digits. */
  #size(): number | undefined {
    this.#index();
    if (this.#format[this.at] === '*') {
      this.at += 1;
      const size = integerOf(this.argument());
      if (size === undefined) throw wrong('a * of the format stands for no integer');
      return checkedSize(Number(size));
    }
    const digits = this.#match(DIGITS)?.[0];
    return digits === undefined ? undefined : checkedSize(Number(digits));
  }

  #precision(): number | undefined {
    if (this.#format[this.at] !== '.') return undefined;
    this.at += 1;
    const precision = this.#size() ?? 0;
    if (precision < 0) throw wrong('a precision of the format is negative');
    return precision;
  }

  /** The directive that begins behind a `%` at {@link at}. */
  read(): Directive {
    const flags = this.#match(FLAGS)?.[0] ?? '';
    const width = this.#size();
    const precision = this.#precision();
    this.#index();
    const verb = /^[^]/u.exec(this.#format.slice(this.at, this.at + 2))?.[0];
    if (verb === undefined) throw wrong('the format ends in the middle of a %');
    this.at += verb.length;
    const minus = flags.includes('-') || (width ?? 0) < 0;
    return {
      // For %v a plus asks for the names of fields, which no value has.
      plus: flags.includes('+') && verb !== 'v',
      minus,
      sharp: flags.includes('#'),
      space: flags.includes(' '),
      zero: flags.includes('0') && !minus,
      width: width === undefined ? undefined : Math.abs(width),
      precision,
      verb,
    };
  }

  /** @throws {Fault} when arguments are left that no directive took. */
  finish(): void {
    if (!this.#indexed && this.#next < this.#args.length)
      throw wrong('the format takes fewer arguments than there are');
  }
}

function checkedSize(size: number): number {
  if (Math.abs(size) > MOST) throw wrong(`a width or precision is beyond ${String(MOST)}`);
  return size;
}
