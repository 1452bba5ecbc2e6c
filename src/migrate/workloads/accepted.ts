import type { LatchkeyError } from '../../errors.ts';
import type { Meaning, Members } from '../definitions/meaning.ts';
import type { Mounted } from './mounts.ts';
import type { EnvFromUse, VariableUse, VolumeUse } from './uses.ts';
import type { Wishes } from './wishes.ts';

/** A use that is to be converted, with what it becomes. */
export interface Accepted {
  readonly use: VariableUse | EnvFromUse | VolumeUse;
  readonly wishes: Wishes;
  /** Of a volume. */
  readonly mounted?: Mounted;
}

/** Why uses stay as they are after all. */
export type Rejections = Map<Accepted, LatchkeyError>;

/** The containers that a use is about. */
export function containersFor({ use, mounted }: Accepted): readonly string[] {
  return use.kind === 'volume' ? (mounted?.containers ?? []) : [use.container.name];
}

/** Everything that a use reads. */
export function meaningsIn({ wishes }: Accepted): readonly (Meaning | Members)[] {
  return [
    ...wishes.variables.map(({ meaning }) => meaning),
    ...wishes.members.map(({ members }) => members),
    ...wishes.files.map(({ meaning }) => meaning),
    ...wishes.directories.map(({ members }) => members),
  ];
}

/** The most frequent of some keys; of equals, the first. */
export function mostFrequent(keys: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first?.[0];
}
