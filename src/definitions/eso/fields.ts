// How the fields of a manifest are described: one table says which there are, what becomes of each, and why some are
// refused. The reader refuses by it, and docs/compatibility.md is checked against it.

/** What a field comes to here. */
export type Verdict = 'works' | 'differs' | 'refused';

export interface Field {
  readonly verdict: Verdict;
  /** Its own fields; a list's are those of its items. */
  readonly below?: Fields;
  readonly list?: true;
  /** Why it is refused, and the way out. */
  readonly refusal?: { readonly message: string; readonly remedy: string };
}

export type Fields = Readonly<Record<string, Field>>;

/** In a table, stands for every name that it does not list. */
export const ANY_OTHER = '*';

export const WORKS: Field = { verdict: 'works' };
export const DIFFERS: Field = { verdict: 'differs' };

/** A field with fields of its own. */
export function group(below: Fields, verdict: Verdict = 'works'): Field {
  return { verdict, below };
}

/** A field that is a list of such. */
export function listOf(below: Fields, verdict: Verdict = 'works'): Field {
  return { verdict, below, list: true };
}

export function refused(message: string, remedy: string): Field {
  return { verdict: 'refused', refusal: { message, remedy } };
}

/** Every field with its path, `spec.data[].secretKey`, in the order of the table. */
export function flatten(fields: Fields, path: string): readonly (readonly [path: string, field: Field])[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const own = `${path}.${name}`;
    const below = field.below === undefined ? [] : flatten(field.below, field.list ? `${own}[]` : own);
    return [[own, field] as const, ...below];
  });
}
