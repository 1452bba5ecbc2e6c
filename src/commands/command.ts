import type { Readable, Writable } from 'node:stream';

export const COMMAND_NAMES = [
  'serve',
  'controller',
  'sweep',
  'fetch',
  'render',
  'lint',
  'migrate',
  'certs',
  'seal',
  'take-over',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** Exit codes of the program; `fetch` alone uses {@link EXIT_TRY_AGAIN}. */
export const EXIT_FINE = 0;
export const EXIT_FINDINGS = 1;
export const EXIT_WRONG_USE = 2;
export const EXIT_TRY_AGAIN = 75;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything a command has from the world. A command reads no `process` of its own. */
export interface CommandContext {
  /** The arguments behind the command's name. `--help` never arrives here. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts at the first SIGTERM or SIGINT; `signal.reason` is that name. */
  readonly signal: AbortSignal;
}

/**
 * What `src/commands/<name>.ts` exports: parse, call, print. Resolves to the exit code.
 * A thrown `UsageError` is printed with exit 2, a `LatchkeyError` as one line with exit 1; so neither is caught here.
 */
export interface CommandModule {
  run(context: CommandContext): Promise<number>;
}
