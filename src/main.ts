import { COMMAND_NAMES, EXIT_FINDINGS, EXIT_FINE, EXIT_WRONG_USE } from './commands/command.ts';
import type { CommandModule, CommandName, Environment } from './commands/command.ts';
import { processEnvironment } from './config/environment.ts';
import { LatchkeyError } from './errors.ts';
import { quoted } from './quote.ts';

/** Each command is loaded when it is called: `fetch` starts in every pod and must not pay for `serve`. */
const COMMANDS: { readonly [C in CommandName]: () => Promise<CommandModule> } = {
  serve: () => import('./commands/serve.ts'),
  controller: () => import('./commands/controller.ts'),
  sweep: () => import('./commands/sweep.ts'),
  fetch: () => import('./commands/fetch.ts'),
  render: () => import('./commands/render.ts'),
  lint: () => import('./commands/lint.ts'),
  migrate: () => import('./commands/migrate.ts'),
  certs: () => import('./commands/certs.ts'),
  seal: () => import('./commands/seal.ts'),
  'take-over': () => import('./commands/take-over.ts'),
};

const HELP = new Set(['--help', '-h', 'help']);

/** Runs one command line; resolves to the exit code. */
async function main(argv: readonly string[], env: Environment): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || HELP.has(name)) {
    const { mainHelp } = await import('./config/help.ts');
    (name === undefined ? process.stderr : process.stdout).write(mainHelp());
    return name === undefined ? EXIT_WRONG_USE : EXIT_FINE;
  }
  if (name === '--version') {
    const { VERSION } = await import('./version.ts');
    process.stdout.write(`${VERSION}\n`);
    return EXIT_FINE;
  }
  if (!isCommand(name)) {
    process.stderr.write(await unknownCommand(name));
    return EXIT_WRONG_USE;
  }
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    const { commandHelp } = await import('./config/help.ts');
    process.stdout.write(commandHelp(name));
    return EXIT_FINE;
  }
  const command = await COMMANDS[name]();
  const signal = firstSignal();
  const { stdin, stdout, stderr } = process;
  const code = await command.run({ args, env, stdin, stdout, stderr, signal });
  // A call to AWS that nobody waits for any more must not hold a process that was told to end, nor a pod's start.
  if (signal.aborted || name === 'fetch') process.exit(code);
  return code;
}

function isCommand(name: string): name is CommandName {
  return COMMAND_NAMES.some((known) => known === name);
}

async function unknownCommand(name: string): Promise<string> {
  const { nearest } = await import('./nearest.ts');
  const meant = nearest(name, COMMAND_NAMES);
  const hint = meant === undefined ? `one of ${COMMAND_NAMES.join(', ')}` : `did you mean ${meant}?`;
  return `latchkey: unknown command ${quoted(name)} (${hint})\n`;
}

/** Aborts at the first signal. The listeners go with it, so that a second signal ends the process. */
function firstSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT');
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** One line per problem for errors that we made. For any other, where it happened and never what it says. */
async function report(error: unknown): Promise<number> {
  if (!(error instanceof LatchkeyError)) {
    const { safeError } = await import('./telemetry/safe-error.ts');
    process.stderr.write(`latchkey: a bug in Latchkey [LK-INTERNAL] ${JSON.stringify(safeError(error))}\n`);
    return EXIT_FINDINGS;
  }
  const { UsageError } = await import('./config/usage-error.ts');
  if (error instanceof UsageError) {
    process.stderr.write(error.problems.map((problem) => `latchkey: ${problem}\n`).join(''));
    return EXIT_WRONG_USE;
  }
  process.stderr.write(`latchkey: ${error.message} [${error.code}]. ${error.remedy}`.trimEnd() + '\n');
  return error.code === 'LK-CONFIG' ? EXIT_WRONG_USE : EXIT_FINDINGS;
}

// Node's own last words hold the message of what was thrown, its cause and all its fields. Rejections end here as well.
process.on('uncaughtException', (error) => {
  void report(error).finally(() => process.exit(EXIT_FINDINGS));
});

// No top-level await: the launcher loads this file with `require`.
void main(process.argv.slice(2), processEnvironment())
  .catch(report)
  .then((code) => {
    process.exitCode = code;
  });
