import { quoted } from '../../quote.ts';
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

function directoriesOf(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
