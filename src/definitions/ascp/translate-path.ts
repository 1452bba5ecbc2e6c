import { LatchkeyError } from '../../errors.ts';
import { checkRelativePath } from '../../request/file-path.ts';

/** What stands in place of each `/` of a name; none: names with `/` are in directories. */
export type Translation = string | undefined;

/** Throws LK-DEFINITION for what is neither one character nor `False`. */
export function readTranslation(text: string): Translation {
  if (text === '') return '_';
  if (text.toLowerCase() === 'false' || text === '/') return undefined;
  if (/^[\x20-\x7e]$/.test(text)) return text;
  throw new LatchkeyError(
    'LK-DEFINITION',
    'it is neither one character nor False',
    'Write the character that stands for each /, such as "_", or "False" for directories.',
  );
}

/**
 * The path below the mount of an object of this name or alias.
 *
 * @throws LatchkeyError LK-NAME where it would be outside, or no path that Kubernetes takes
 */
export function translatePath(name: string, translation: Translation): string {
  const path = translation === undefined ? cleaned(name) : name.replaceAll('/', translation);
  checkRelativePath(path);
  return path;
}

/** As file systems take it: a slash more, or a dot, names the same file. `..` stays, and is refused. */
function cleaned(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}
