// Keys that an entry of `dataFrom` brings, as far as they are known before AWS is asked.

import type { ExtractEntry, FindEntry, Rewrite } from '../../definitions/eso/external-secret.ts';
import { quoted } from '../../quote.ts';
import { notConvertible } from './meaning.ts';

const EVERYTHING = ['(.*)', '^(.*)$', '(.+)', '^(.+)$'];
/** Text before all of it: `DB_$1`, `DB_${1}`. */
const PREFIXED = /^([A-Za-z0-9_.-]*)\$(?:1(?![A-Za-z0-9_])|\{1\})$/;
/** What follows the last slash. */
const BASENAME = /^(?:\^)?(?:\.\*)?\/?\(\[\^\/\]([+*])\)\$?$/;

function tooMuch(): Error {
  return notConvertible(
    'its rewrite makes keys that are known to AWS alone',
    'List the keys below data, by the names that they shall have.',
  );
}

/** The prefix that `rewrite` puts before every key of `extract`; '' without one. Throws LatchkeyError. */
export function prefixOf({ rewrites }: Pick<ExtractEntry, 'rewrites'>): string {
  const [only, ...more] = rewrites;
  if (only === undefined) return '';
  if (only.kind !== 'regexp' || more.length > 0 || !EVERYTHING.includes(only.source)) throw tooMuch();
  const prefix = PREFIXED.exec(only.target)?.[1];
  if (prefix === undefined) throw tooMuch();
  return prefix;
}

/**
 * The path of which `find` brings each parameter of one level by the last segment of its name, as `migrate --to eso` writes
 * it. Throws LatchkeyError for every other search.
 */
export function onePath({ find, rewrites }: Pick<FindEntry, 'find' | 'rewrites'>): string {
  const { path, name } = find;
  if (path === undefined || name !== onlyBelow(path) || find.decoding !== 'None') {
    throw notConvertible(
      `its find (${quoted(name ?? path ?? 'tags')}) is a search that annotations have no word for`,
      'List the parameters below data, by their names.',
    );
  }
  if (!isBasename(rewrites)) throw tooMuch();
  return path.replace(/(?<=.)\/$/, '');
}

function isBasename([only, ...more]: readonly Rewrite[]): boolean {
  if (only === undefined || only.kind !== 'regexp' || more.length > 0) return false;
  return BASENAME.test(only.source) && /^\$(?:1|\{1\})$/.test(only.target);
}

/** The expression of exactly the names one level below a path. */
export function onlyBelow(path: string): string {
  const bare = path.replace(/\/$/, '').replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  return `^${bare}/[^/]+$`;
}
