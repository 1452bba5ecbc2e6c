import { type FunctionTable, takes, text } from './signature.ts';

/** The shortest path that means the same: no `.`, no `..` that can be resolved, no double slash, none at the end. */
function clean(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push(part);
  }
  const joined = kept.join('/');
  return rooted ? `/${joined}` : joined === '' ? '.' : joined;
}

function base(path: string): string {
  if (path === '') return '.';
  const parts = path.split('/').filter((part) => part !== '');
  return parts.at(-1) ?? '/';
}

function dir(path: string): string {
  return clean(path.slice(0, path.lastIndexOf('/') + 1));
}

function ext(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? '' : name.slice(dot);
}

const CLEAN = takes([text], ([path]) => clean(path));
const BASE = takes([text], ([path]) => base(path));
const DIR = takes([text], ([path]) => dir(path));
const EXT = takes([text], ([path]) => ext(path));
const IS_ABS = takes([text], ([path]) => path.startsWith('/'));

/** Those of the operating system are the same: the controllers run on Linux. */
export const PATHS: FunctionTable = {
  clean: CLEAN,
  base: BASE,
  dir: DIR,
  ext: EXT,
  isAbs: IS_ABS,
  osClean: CLEAN,
  osBase: BASE,
  osDir: DIR,
  osExt: EXT,
  osIsAbs: IS_ABS,
};
