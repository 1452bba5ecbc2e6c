import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { CommandName, Environment } from '../commands/command.ts';
import { FETCH_PLAN_VARIABLE, SENTINEL_VARIABLE } from '../names.ts';
import { nearest } from '../nearest.ts';
import { printable, quoted } from '../quote.ts';
import { FLAGS, flagsOf, variableOf, type Flag, type FlagValues } from './flags.ts';
import { readValue } from './kinds.ts';
import { isServiceLink } from './service-links.ts';
import { UsageError } from './usage-error.ts';

export interface ParsedFlags<C extends CommandName> {
  /** Whole only when there are no problems; what could not be read is absent. */
  readonly values: Partial<FlagValues<C>>;
  readonly positionals: readonly string[];
  /** The flags that were given, on the command line or in the environment. */
  readonly given: ReadonlySet<string>;
  /** Those of the command line: variables may be meant for another command of the same image. */
  readonly typed: ReadonlySet<string>;
  /** What is wrong, one line each, in the order of the command line, then of the environment. */
  readonly problems: readonly string[];
}

interface GivenText {
  readonly origin: string;
  readonly texts: readonly string[];
}

/** Reads a command's flags: the command line wins over `LATCHKEY_…` variables, those over defaults. Collects every problem. */
export function parseFlags<C extends CommandName>(
  command: C,
  args: readonly string[],
  env: Environment,
): ParsedFlags<C> {
  const flags = flagsOf(command);
  const problems: string[] = [];
  const { texts, positionals } = readCommandLine(flags, args, problems);
  const typed = new Set(texts.keys());
  for (const [name, given] of readVariables(flags, env, problems)) {
    if (!texts.has(name)) {
      texts.set(name, given);
    }
  }
  const values = new Map<string, unknown>();
  for (const flag of flags) {
    const value = valueOf(flag, texts.get(flag.name), problems);
    if (value !== undefined) {
      values.set(flag.name, value);
    }
  }
  return {
    values: Object.fromEntries(values) as Partial<FlagValues<C>>,
    positionals,
    given: new Set(texts.keys()),
    typed,
    problems,
  };
}

/**
 * {@link parseFlags} for commands without rules across flags.
 * @throws UsageError with every problem, positionals included: `operands` says how many of those there may be.
 */
export function readFlags<C extends CommandName>(
  command: C,
  context: { readonly args: readonly string[]; readonly env: Environment },
  operands = 0,
): { readonly values: FlagValues<C>; readonly positionals: readonly string[] } {
  const { values, positionals, problems } = parseFlags(command, context.args, context.env);
  const all = [...problems, ...surplus(positionals, operands)];
  if (all.length > 0) {
    throw new UsageError(all);
  }
  return { values: values as unknown as FlagValues<C>, positionals };
}

/** A problem for each argument beyond the `operands` first that is no flag. */
export function surplus(positionals: readonly string[], operands: number): readonly string[] {
  return positionals.slice(operands).map((text) => `unexpected argument ${quoted(text)}`);
}

function readCommandLine(flags: readonly Flag[], args: readonly string[], problems: string[]) {
  const options: ParseArgsOptionsConfig = {};
  for (const { name, kind, short } of flags) {
    options[name] = {
      type: takesNoValue(kind) ? 'boolean' : 'string',
      ...(short === undefined ? {} : { short }),
    };
  }
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const texts = new Map<string, GivenText>();
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') {
      continue;
    }
    const flag = byName.get(token.name);
    if (flag === undefined) {
      problems.push(
        unknown(
          printable(token.rawName),
          flags.map(({ name }) => `--${name}`),
        ),
      );
      continue;
    }
    const origin = `--${flag.name}`;
    const earlier = texts.get(flag.name)?.texts ?? [];
    const text = textOf(token, flag);
    const problem = tokenProblem(flag, text, earlier);
    if (problem === undefined) {
      texts.set(flag.name, { origin, texts: [...earlier, text ?? ''] });
    } else {
      problems.push(`${origin} ${problem}`);
    }
  }
  return { texts, positionals };
}

interface OptionText {
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** The value's text. What looks like the next flag is none: only `--flag=-x` says so. */
function textOf({ value, inlineValue }: OptionText, flag: Flag): string | undefined {
  if (value === undefined) {
    return takesNoValue(flag.kind) ? 'true' : undefined;
  }
  return inlineValue === false && /^-./.test(value) ? undefined : value;
}

function tokenProblem(flag: Flag, text: string | undefined, earlier: readonly string[]): string | undefined {
  if (text === undefined) {
    return 'needs a value';
  }
  return earlier.length > 0 && flag.multiple !== true ? 'is given twice' : undefined;
}

function takesNoValue(kind: Flag['kind']): boolean {
  return kind === 'boolean';
}

/** What the environment says. A variable of another command's flag is known, and of no concern here. */
function readVariables(flags: readonly Flag[], env: Environment, problems: string[]): Map<string, GivenText> {
  const mine = new Map(flags.map((flag) => [variableOf(flag), flag]));
  const known = new Set([...FLAGS.map(variableOf), FETCH_PLAN_VARIABLE, SENTINEL_VARIABLE]);
  const texts = new Map<string, GivenText>();
  for (const [variable, text] of Object.entries(env)) {
    const flag = mine.get(variable);
    if (flag !== undefined && text !== undefined) {
      texts.set(flag.name, { origin: variable, texts: [text] });
    } else if (variable.startsWith('LATCHKEY_') && !known.has(variable) && !isServiceLink(variable)) {
      problems.push(`${unknown(printable(variable), mine.keys())} in the environment`);
    }
  }
  return texts;
}

function unknown(what: string, candidates: Iterable<string>): string {
  const meant = nearest(what, candidates);
  return meant === undefined ? `${what} is not known` : `${what} is not known (did you mean ${meant}?)`;
}

function valueOf(flag: Flag, given: GivenText | undefined, problems: string[]): unknown {
  if (given === undefined) {
    return defaultOf(flag);
  }
  const values: unknown[] = [];
  for (const text of given.texts) {
    const result = readValue(flag, text);
    if (result.ok) {
      values.push(result.value);
    } else {
      problems.push(`${given.origin}: expected ${result.expected}${found(flag, text)}`);
    }
  }
  if (values.length < given.texts.length) {
    return undefined;
  }
  return flag.multiple === true ? values.flat() : values[0];
}

/** A wrong URL may hold a password: it isn't shown. */
function found(flag: Flag, text: string): string {
  return flag.kind === 'url' ? '' : `, found ${quoted(text)}`;
}

function withoutDefault({ kind, multiple }: Flag): unknown {
  if (multiple === true) {
    return [];
  }
  return kind === 'boolean' ? false : undefined;
}

function defaultOf(flag: Flag): unknown {
  if (flag.default === undefined) {
    return withoutDefault(flag);
  }
  const result = readValue(flag, flag.default);
  return result.ok ? result.value : undefined;
}
