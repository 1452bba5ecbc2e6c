import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';

/** A path with what to call it in a message. */
export interface NamedPath {
  readonly path: string;
  /** Where it was asked for: a field, or the member of a secret. */
  readonly origin: string;
}

/** Two paths that cannot both be files. */
export interface PathConflict {
  /** Index of the later one. */
  readonly index: number;
  readonly error: LatchkeyError;
}

const REMEDY = 'Rename one of them, or remove it.';

function parentsOf(path: string): readonly string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1))
    parents.push(path.slice(0, at));
  return parents;
}

function conflict(message: string): LatchkeyError {
  return new LatchkeyError('LK-CONFLICT', message, REMEDY);
}

/** The paths that were accepted so far, by their case-folded text. */
interface Accepted {
  readonly files: Map<string, NamedPath>;
  readonly directories: Map<string, NamedPath>;
}

function conflictOf(
  { files, directories }: Accepted,
  path: string,
  parents: readonly string[],
): LatchkeyError | undefined {
  const folded = path.toLowerCase();
  const twin = files.get(folded);
  if (twin?.path === path) return conflict(`also asked for in ${twin.origin}`);
  if (twin !== undefined)
    return conflict(`${quoted(twin.path)}, asked for in ${twin.origin}, differs in case only`);
  const parent = parents.map((each) => files.get(each)).find((each) => each !== undefined);
  const other = parent ?? directories.get(folded);
  if (other === undefined) return undefined;
  return conflict(`a file and a directory of one name: ${quoted(other.path)}, asked for in ${other.origin}`);
}

/**
 * Finds files asked for twice, a file where another needs a directory (`a` beside `a/b`), and names that differ in case
 * only: those are one file to a case-insensitive file system, and a mistake elsewhere. Linear in the number of segments.
 */
export function pathConflicts(paths: readonly NamedPath[]): readonly PathConflict[] {
  const accepted: Accepted = { files: new Map(), directories: new Map() };
  return paths.flatMap((named, index): readonly PathConflict[] => {
    const folded = named.path.toLowerCase();
    const parents = parentsOf(folded);
    const error = conflictOf(accepted, named.path, parents);
    if (error !== undefined) return [{ index, error }];
    accepted.files.set(folded, named);
    for (const each of parents) if (!accepted.directories.has(each)) accepted.directories.set(each, named);
    return [];
  });
}
