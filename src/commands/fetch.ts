import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../clock.ts';
import { readFetchEnvironment, readSentinel } from '../config/fetch-environment.ts';
import { describe, LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import { readArguments } from '../fetch/arguments.ts';
import { fetchAndWrite } from '../fetch/fetch.ts';
import type { Outcome } from '../fetch/fetch.ts';
import { guard } from '../fetch/guard.ts';
import { createLineLog } from '../fetch/line-log.ts';
import type { LineLog } from '../fetch/line-log.ts';
import { openAws } from '../fetch/open-aws.ts';
import { failureMessage, successMessage, writeTerminationMessage } from '../fetch/termination-message.ts';
import { EXIT_FINDINGS, EXIT_FINE, EXIT_TRY_AGAIN } from './command.ts';
import type { CommandContext } from './command.ts';

/** A shell says 128 + n of a program that signal n ended. */
const SIGNALS: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals));

interface Report {
  readonly code: number;
  /** For the container's termination message; undefined when there is nothing to say. */
  readonly message?: string;
}

/**
 * The init container's program, for the delivery `memory`: fetches what the plan in its environment asks for, as the pod,
 * and writes it into the pod's memory. `--guard` only checks that the kubelet of this node reads env files.
 *
 * Exits 0 with everything written; 1 refused; 2 wrong use; 75 when trying again helps; 128 + n after signal n, with
 * nothing half-written.
 */
export async function run(context: CommandContext): Promise<number> {
  const flags = readArguments(context.args);
  const log = createLineLog(context.stderr);
  try {
    const { code, message } = flags.guard ? runGuard(context, log) : await runFetch(context, log);
    if (message !== undefined) writeTerminationMessage(flags.terminationLog, message);
    return code;
  } catch (error) {
    writeTerminationMessage(flags.terminationLog, failureMessage([problemOf(error)]));
    throw error;
  }
}

function runGuard({ env }: CommandContext, log: LineLog): Report {
  const problem = guard(readSentinel(env));
  return problem === undefined ? { code: EXIT_FINE } : refuse([problem], EXIT_FINDINGS, log);
}

async function runFetch({ env, signal }: CommandContext, log: LineLog): Promise<Report> {
  const environment = readFetchEnvironment(env);
  const { plan } = environment;
  const { openResolver, session } = openAws(environment, systemClock, log);
  const outcome = await fetchAndWrite({
    plan,
    openResolver,
    session,
    clock: systemClock,
    random: Math.random,
    sleep,
    signal,
    log,
  });
  return report(outcome, signal, log);
}

function report(outcome: Outcome, signal: AbortSignal, log: LineLog): Report {
  if (outcome.kind === 'stopped') {
    const name = String(signal.reason);
    log.info({ signal: name }, 'stopped');
    return { code: 128 + (SIGNALS.get(name) ?? 0) };
  }
  if (outcome.kind === 'refused') {
    return refuse(outcome.problems, outcome.again ? EXIT_TRY_AGAIN : EXIT_FINDINGS, log);
  }
  for (const warning of outcome.warnings) log.warn({ warning }, 'warning');
  log.info({ references: outcome.fetched.length, files: outcome.files }, 'fetched');
  return { code: EXIT_FINE, message: successMessage(outcome.fetched) };
}

function refuse(problems: readonly Problem[], code: number, log: LineLog): Report {
  for (const problem of problems) log.error({ code: problem.code, problem: describe(problem) }, 'refused');
  return { code, message: failureMessage(problems) };
}

/** What the termination message says of an error that ends the program. Nothing is taken from a foreign one. */
function problemOf(error: unknown): Problem {
  const common = { place: 'latchkey fetch', field: '' };
  if (error instanceof LatchkeyError) {
    return { ...common, code: error.code, message: error.message, remedy: error.remedy };
  }
  const remedy = 'Please report it, with the log of this container.';
  return { ...common, code: 'LK-INTERNAL', message: 'a bug in Latchkey', remedy };
}

/** Ends early, without an error, when the signal aborts. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    // The caller looks at the signal.
  }
}
