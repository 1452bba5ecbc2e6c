// What a use of a Secret becomes: variables and files, not yet in their places.

import { isReference, type Meaning, type Members, readsAws, type Whole } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import type { EnvFromUse, VariableUse } from './uses.ts';

/** What the Secrets of the input mean. Throws LatchkeyError for what annotations cannot say. */
export interface Meanings {
  meaningOf(secret: string, key: string): Meaning;
  wholeOf(secret: string): Whole;
}

/** A variable of one container. */
export interface VariableWish {
  readonly name: string;
  readonly meaning: Meaning;
}

/** Variables of one container whose names AWS knows. */
export interface MembersWish {
  readonly members: Members;
}

/** A file at an absolute path. */
export interface FileWish {
  readonly path: string;
  readonly mode: number;
  readonly meaning: Meaning;
  /** Absent: it is alone in its place (`subPath`). Otherwise the directory where the volume was mounted. */
  readonly directory?: string;
}

/** Files in a directory whose names AWS knows. */
export interface DirectoryWish {
  readonly directory: string;
  readonly mode: number;
  readonly members: Members;
}

export interface Wishes {
  readonly variables: readonly VariableWish[];
  readonly members: readonly MembersWish[];
  readonly files: readonly FileWish[];
  readonly directories: readonly DirectoryWish[];
  readonly differences: readonly Difference[];
}

export const NO_WISHES: Wishes = { variables: [], members: [], files: [], directories: [], differences: [] };

/** The value may be missing, and then the variable or file is. A sealed one is there: it stands in the reference. */
export function optionally(meaning: Meaning, optional: boolean): Meaning {
  if (!optional || !meaning.content.some(isReference)) return meaning;
  if (!readsAws(meaning)) return { ...meaning, differences: [...meaning.differences, 'sealed-optional'] };
  return {
    ...meaning,
    content: meaning.content.map((part) => (isReference(part) ? { ...part, optional: true } : part)),
    differences: [...meaning.differences, 'optional'],
  };
}

export function optionalMembers(members: Members, optional: boolean): Members {
  if (!optional) return members;
  return {
    ...members,
    reference: { ...members.reference, optional: true },
    differences: [...members.differences, 'optional'],
  };
}

export function withDifferences(
  wishes: Omit<Wishes, 'differences'>,
  more: readonly Difference[] = [],
): Wishes {
  const all = [
    ...wishes.variables.flatMap(({ meaning }) => meaning.differences),
    ...wishes.members.flatMap(({ members }) => members.differences),
    ...wishes.files.flatMap(({ meaning }) => meaning.differences),
    ...wishes.directories.flatMap(({ members }) => members.differences),
    ...more,
  ];
  return { ...wishes, differences: [...new Set(all)] };
}

export function variableWishes({ name, secret, key, optional }: VariableUse, meanings: Meanings): Wishes {
  const meaning = optionally(meanings.meaningOf(secret, key), optional);
  return withDifferences({ ...NO_WISHES, variables: [{ name, meaning }] });
}

/** Several sources of one name are an error in annotations. */
export function ofSeveral(members: readonly unknown[]): readonly Difference[] {
  return members.length > 1 ? ['twice'] : [];
}

/**
 * Every key a variable, by Kubernetes' rules.
 *
 * @param names of variables that the container sets itself, and that win
 */
export function envFromWishes(use: EnvFromUse, names: ReadonlySet<string>, meanings: Meanings): Wishes {
  const { secret, prefix, optional } = use;
  const { keys, members } = meanings.wholeOf(secret);
  const variables = [...keys]
    .map(([key, meaning]) => ({ name: prefix + key, meaning: optionally(meaning, optional) }))
    .filter(({ name }) => !names.has(name));
  const prefixed = members.map((each) => {
    const { reference } = optionalMembers(each, optional);
    const whole = prefix + (reference.prefix ?? '');
    return { members: { ...each, reference: { ...reference, ...(whole === '' ? {} : { prefix: whole }) } } };
  });
  const differences: readonly Difference[] = members.flatMap(({ reference }) =>
    reference.below === undefined ? ['variable-names'] : ['variable-names', 'path-names'],
  );
  return withDifferences({ ...NO_WISHES, variables, members: prefixed }, [
    ...differences,
    ...ofSeveral(members),
    ...(optional && members.length > 0 ? (['optional'] as const) : []),
  ]);
}
