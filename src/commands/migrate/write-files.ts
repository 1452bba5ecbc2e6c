import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { LatchkeyError } from '../../errors.ts';
import type { ChangedFile } from '../../migrate/changed-files.ts';
import { quoted } from '../../quote.ts';

/** A file whose new text lies beside it already. */
interface Prepared {
  readonly name: string;
  readonly target: string;
  readonly temporary: string;
}

/**
 * Changes files in place: first every new text is written beside its file, then each takes the file's place at once. Until
 * then an error changes nothing; a file that somebody else changed meanwhile is one. Links are followed, modes kept.
 *
 * @throws LatchkeyError LK-CONFIG, naming the file
 */
export async function writeFiles(files: readonly ChangedFile[]): Promise<void> {
  const prepared: Prepared[] = [];
  try {
    for (const file of files) prepared.push(await prepare(file));
    for (const { name, temporary, target } of prepared) await inPlace(name, temporary, target);
  } finally {
    await Promise.all(prepared.map(({ temporary }) => rm(temporary, { force: true })));
  }
}

function failed(name: string, message: string): LatchkeyError {
  return new LatchkeyError('LK-CONFIG', `${quoted(name)} ${message}`, 'Look at the file and try again.');
}

async function prepare({ name, before, after }: ChangedFile): Promise<Prepared> {
  try {
    const target = await realpath(name);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    if ((await readFile(target, 'utf8')) !== before)
      throw failed(name, 'was changed meanwhile; nothing was written');
    const { mode } = await stat(target);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(after);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, mode & 0o7777);
    return { name, target, temporary };
  } catch (error) {
    if (error instanceof LatchkeyError) throw error;
    throw failed(name, 'could not be written; nothing was changed');
  }
}

async function inPlace(name: string, temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch {
    throw failed(name, 'could not be replaced; files before it in the report are changed already');
  }
}
