// What a template of a definition makes of the values: the common part of the template languages that people have.

import type { Encoding } from '../../request/plan.ts';
import type { Difference } from '../differences.ts';

/** Text and values, in order. */
export type Formula = readonly (string | Value)[];

interface Carried {
  /** What this step does differently, where it is said in annotations. */
  readonly differences?: readonly Difference[];
}

export type Value = Carried &
  (
    | /** A fetched value. */
      { readonly kind: 'key'; readonly key: string }
      /** A member of the JSON that a value is. */
    | { readonly kind: 'member'; readonly of: Value; readonly keys: readonly string[] }
    | { readonly kind: 'decoded'; readonly of: Value }
    | { readonly kind: 'encoded'; readonly of: Formula; readonly as: Encoding }
    /** What annotations have no word for, by its name in Go templates. */
    | { readonly kind: 'function'; readonly of: Value; readonly name: string; readonly written: string }
  );
