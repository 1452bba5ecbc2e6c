import { UsageError } from '../config/usage-error.ts';
import { printable, quoted } from '../quote.ts';
import { TERMINATION_LOG } from './termination-message.ts';

export interface FetchArguments {
  /** Look at the sentinel variable only. */
  readonly guard: boolean;
  readonly terminationLog: string;
}

/**
 * `[--guard] [--termination-log FILE]`. The flags of `fetch` cannot come from the environment, as those of the other
 * commands can: whatever `LATCHKEY_…` variable a pod inherits must not disturb it.
 * @throws UsageError with every problem
 */
export function readArguments(args: readonly string[]): FetchArguments {
  const problems: string[] = [];
  let guard = false;
  let terminationLog = TERMINATION_LOG;
  const rest = [...args];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const [name, inline] = splitFlag(next);
    if (name === '--guard' && inline === undefined) guard = true;
    else if (name === '--termination-log') {
      const value = inline ?? rest.shift() ?? '';
      if (value === '') problems.push(`${name} needs a file`);
      terminationLog = value;
    } else if (name.startsWith('-')) problems.push(`unknown flag ${printable(next)}`);
    else problems.push(`unexpected argument ${quoted(next)}`);
  }
  if (problems.length > 0) throw new UsageError(problems);
  return { guard, terminationLog };
}

function splitFlag(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=');
  if (!text.startsWith('--') || equals === -1) return [text, undefined];
  return [text.slice(0, equals), text.slice(equals + 1)];
}
