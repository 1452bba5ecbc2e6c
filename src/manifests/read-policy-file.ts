import { UsageError } from '../config/usage-error.ts';
import { describe } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import { parsePolicy } from '../policy/policy-file.ts';
import { quoted } from '../quote.ts';
import { readNamedFile } from './read-named-file.ts';

/**
 * The operator's policy for a command that runs once.
 *
 * @throws UsageError with every problem of the file: whoever gave it wants to know what it says, not that it refuses all
 */
export async function readPolicyFile(file: string | undefined): Promise<Policy | undefined> {
  if (file === undefined) return undefined;
  const parsed = parsePolicy(await readNamedFile(file));
  if ('kind' in parsed) return parsed;
  throw new UsageError(parsed.map((problem) => `${quoted(file)}: ${problem.field}: ${describe(problem)}`));
}
