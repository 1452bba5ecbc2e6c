import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type { Notes } from '../eso/notes.ts';
import type { ProvidedFile } from './provider-class.ts';

/** Notes a path that two files have, and one that is a directory of another. */
export function checkPaths(files: readonly ProvidedFile[], notes: Notes): void {
  const taken = new Map<string, ProvidedFile>();
  for (const file of files) {
    const { path, place } = file;
    const other = taken.get(path);
    if (other === undefined) taken.set(path, file);
    else {
      const message = `file ${quoted(path)} is that of ${other.place.field} already`;
      const remedy = 'Give one of them another objectAlias.';
      notes.add(place, { code: 'LK-CONFLICT', message, remedy });
    }
  }
  const directories = filesAbove([...taken.keys()]);
  for (const { path, place } of files) {
    const above = directories.get(path);
    if (above === undefined) continue;
    const message = `file ${quoted(path)} lies in ${quoted(above)}, which is a file`;
    notes.add(place, { code: 'LK-CONFLICT', message, remedy: 'Give one of them another objectAlias.' });
  }
}

/** Notes an object that two entries want asked elsewhere in two places: it is read once for both. */
export function checkFailovers(files: readonly ProvidedFile[], notes: Notes): void {
  const first = new Map<string, string>();
  for (const { source, place } of files) {
    const failover = source.failover === undefined ? '' : addressKey(source.failover);
    const known = first.get(addressKey(source.address)) ?? failover;
    first.set(addressKey(source.address), known);
    if (known === failover) continue;
    const message = 'an entry before it names another failoverObject for the same object, or none';
    notes.add(place, { code: 'LK-CONFLICT', message, remedy: 'Write the same for both.' });
  }
}

/** For each path below another, that one. Sorted with a slash behind each, what lies below a path follows on it. */
function filesAbove(paths: readonly string[]): ReadonlyMap<string, string> {
  const below = new Map<string, string>();
  let above: string | undefined;
  for (const slashed of paths.map((path) => `${path}/`).sort()) {
    if (above !== undefined && slashed.startsWith(above)) below.set(slashed.slice(0, -1), above.slice(0, -1));
    else above = slashed;
  }
  return below;
}
