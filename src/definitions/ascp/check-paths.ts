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
  for (const { path, place } of files) {
    const above = directoriesOf(path).find((directory) => taken.has(directory));
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

function directoriesOf(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
