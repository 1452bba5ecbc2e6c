import { readFile } from 'node:fs/promises';

import { UsageError } from '../config/usage-error.ts';
import { quoted } from '../quote.ts';

/** The text of a file that a user named. @throws UsageError that names it */
export async function readNamedFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UsageError([`${quoted(file)} is not there or not readable`]);
  }
}
