import type { Fetched } from '../request/evaluate.ts';
import { SecretValue } from '../secret-value.ts';

/** A tag as both services answer it. */
export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags as a JSON object of strings, sorted by key, in the place of a value. */
export function fetchedTags(tags: readonly Tag[], named: Pick<Fetched, 'arn' | 'name'>): Fetched {
  const entries = tags
    .map(({ Key = '', Value = '' }) => [Key, Value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { value: new SecretValue(JSON.stringify(Object.fromEntries(entries))), version: '', ...named };
}
