import { readFile } from 'node:fs/promises';

import { UsageError } from '../config/usage-error.ts';
import { describe } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import { parsePolicy } from '../policy/policy-file.ts';
import { quoted } from '../quote.ts';

/**
 * The operator's policy for a command that runs once.
 *
 * @throws UsageError with every problem of the file: whoever gave it wants to know what it says, not that it refuses all
 */
export async function readPolicyFile(file: string | undefined): Promise<Policy | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError([`${quoted(file)} is not there or not readable`]);
  }
  const parsed = parsePolicy(text);
  if ('kind' in parsed) return parsed;
  throw new UsageError(parsed.map((problem) => `${quoted(file)}: ${problem.field}: ${describe(problem)}`));
}
