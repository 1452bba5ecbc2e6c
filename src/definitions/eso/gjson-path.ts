import type { Note } from './notes.ts';

/** What a modifier of gjson is called; `@` before any other name is part of a key. */
const MODIFIERS: ReadonlySet<string> = new Set([
  'pretty',
  'ugly',
  'reverse',
  'this',
  'flatten',
  'join',
  'valid',
  'keys',
  'values',
  'tostr',
  'fromstr',
  'group',
  'dig',
]);

const LITERALS = /^!(?:[{["+\-0-9]|(?:true|false|null|nan|inf)(?:[.|]|$))/i;

/** Where a component of the path begins: at the start, and behind a dot that is not escaped. */
function* components(path: string): Generator<string> {
  yield path;
  for (let at = 0; at < path.length; at += 1) {
    if (path[at] === '\\') at += 1;
    else if (path[at] === '.') yield path.slice(at + 1);
  }
}

/** What stands at the beginning of `rest` that is not read, in gjson's own word. */
function unsupported(rest: string): string | undefined {
  if (rest.startsWith('#(') || rest.startsWith('#[')) return `the query ${rest.slice(0, 2)}…`;
  if (rest.startsWith('{') || rest.startsWith('[')) return `the selection ${rest.slice(0, 1)}…`;
  const modifier = /^@([^.|:]*)/.exec(rest)?.[1];
  if (modifier !== undefined && MODIFIERS.has(modifier)) return `the modifier @${modifier}`;
  return undefined;
}

function pipe(path: string): boolean {
  return /^(?:[^\\|]|\\.)*\|/s.test(path);
}

/** What a property has that is refused: everything of gjson's language beyond keys, indexes, wildcards and `#`. */
export function pathProblem(path: string): Note | undefined {
  const [first] = LITERALS.exec(path) ?? [];
  const found =
    (path.startsWith('..') ? 'lines of JSON (..)' : undefined) ??
    (first === undefined ? undefined : 'the literal !…') ??
    [...components(path)].map(unsupported).find((what) => what !== undefined) ??
    (pipe(path) ? 'the pipe |' : undefined);
  if (found === undefined) return undefined;
  return {
    message: `${found} of a property is not read`,
    remedy:
      'Write a path of keys, indexes and #: friends.0.first, friends.#, friends.#.first. A dot or | within a key is escaped with a backslash.',
  };
}
