import { randomBytes } from 'node:crypto';
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';

/** A file that is read and then written anew, whole or not at all. */
export interface ReplacedFile {
  readonly name: string;
  readonly text: string;
  /** @throws LatchkeyError LK-CONFIG; then the file is as it was */
  replace(text: string): Promise<void>;
}

const MAX_BYTES = 32 * 1024 * 1024;
const NEW_FILE_MODE = 0o644;

/** @throws LatchkeyError LK-CONFIG for what is no file, or too large a one */
export async function readForReplacing(name: string): Promise<ReplacedFile> {
  const text = await attempt(name, 'cannot be read', async () => {
    const { size } = await stat(name);
    return size > MAX_BYTES ? undefined : await readFile(name, 'utf8');
  });
  if (text === undefined) throw failed(name, 'is larger than 32 MiB');
  return {
    name,
    text,
    replace: async (replaced) => {
      // A link stays a link.
      const path = await attempt(name, 'is gone', () => realpath(name));
      await writeWhole({ name, path, text: replaced, before: text });
    },
  };
}

/** Writes a file that may be there already, whole or not at all. @throws LatchkeyError LK-CONFIG */
export async function writeFileWhole(name: string, text: string): Promise<void> {
  const path = await realpath(name).catch(() => name);
  await writeWhole({ name, path, text });
}

interface Writing {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** What must still be in it. */
  readonly before?: string;
}

/** Beside it, then in its place: who reads it, or dies with it half written, has the old file or the new one. */
async function writeWhole({ name, path, text, before }: Writing): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === false) throw failed(name, 'is no file');
  try {
    await attempt(name, 'cannot be written', async () => {
      const file = await open(beside, 'wx', found === undefined ? NEW_FILE_MODE : found.mode & 0o7777);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      // Of somebody else's file only root can keep the owner.
      if (found !== undefined) await chown(beside, found.uid, found.gid).catch(() => undefined);
    });
    if (before !== undefined && (await readFile(path, 'utf8').catch(() => undefined)) !== before)
      throw failed(name, 'was changed by somebody else meanwhile');
    await attempt(name, 'cannot be replaced', () => rename(beside, path));
  } finally {
    await rm(beside, { force: true });
  }
}

async function attempt<T>(name: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch {
    throw failed(name, what);
  }
}

function failed(name: string, what: string): LatchkeyError {
  return new LatchkeyError('LK-CONFIG', `${quoted(name, 300)} ${what}`, 'Nothing was written to it.');
}
