// A volume's files on this machine, replaced all at once as the kubelet's AtomicWriter does: a new directory, then the link
// `..data` swapped to it.

import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { VolumeContent } from './volume-content.ts';

const DATA = '..data';

/** Writes what is there now; does nothing when that is there already. */
export async function writeVolume(directory: string, content: VolumeContent): Promise<void> {
  await mkdir(directory, { recursive: true });
  const name = `..${digest(content)}`;
  const before = await readlink(join(directory, DATA)).catch(() => undefined);
  if (before === name) return;

  for (const [path, { bytes, mode }] of content) {
    const file = join(directory, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    await chmod(file, mode);
  }
  await mkdir(join(directory, name), { recursive: true });
  await symlink(name, join(directory, `${DATA}_tmp`));
  await rename(join(directory, `${DATA}_tmp`), join(directory, DATA));
  for (const top of new Set([...content.keys()].map((path) => path.split('/')[0] ?? ''))) {
    const link = join(directory, top);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(join(DATA, top), link);
  }
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
}

function digest(content: VolumeContent): string {
  const hash = createHash('sha256');
  for (const [path, { bytes, mode }] of [...content].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${String(mode)}\0${String(bytes.length)}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
