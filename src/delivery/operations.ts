/** One JSON Patch operation (RFC 6902) of the kinds that we use. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A JSON pointer (RFC 6901): each part is escaped, so that a key from a user stays one part. */
export function pointer(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * One array of a pod under edit. Each step becomes one operation that is right after all steps before it; the array that
 * was given is never changed. Where the pod has no such array, everything that goes in becomes one `add` of the whole.
 */
export interface ListEdit<T> {
  /** The array as it is after the steps so far. */
  readonly now: readonly T[];
  insert(index: number, value: T): void;
  append(value: T): void;
  replace(index: number, value: T): void;
  remove(index: number): void;
  /** Operations inside the entry at `index`, whose paths begin with {@link ListEdit.at}. */
  within(operations: readonly Operation[]): void;
  /** The JSON pointer of the entry at `index`, as of now. */
  at(index: number): string;
  operations(): readonly Operation[];
}

/**
 * @param path JSON pointer of the array
 * @param given the pod's own array; absent or null (YAML's empty key) if there is none
 */
export function editList<T>(path: string, given: readonly T[] | null | undefined): ListEdit<T> {
  const now = [...(given ?? [])];
  const steps: Operation[] = [];
  const at = (index: number) => `${path}/${index}`;
  const insert = (index: number, value: T) => {
    now.splice(index, 0, value);
    steps.push({ op: 'add', path: at(index), value });
  };
  return {
    now,
    at,
    insert,
    append: (value) => insert(now.length, value),
    replace: (index, value) => {
      now[index] = value;
      steps.push({ op: 'replace', path: at(index), value });
    },
    remove: (index) => {
      now.splice(index, 1);
      steps.push({ op: 'remove', path: at(index) });
    },
    within: (operations) => void steps.push(...operations),
    operations: () => {
      if (Array.isArray(given)) return steps;
      return now.length === 0 ? [] : [{ op: 'add', path, value: now }];
    },
  };
}

/**
 * Sets annotations, one operation each. A pod without any gets the whole map first: `add` below an absent map fails, and
 * the API server then answers 500 whatever the failurePolicy.
 */
export function setAnnotations(
  given: Readonly<Record<string, string>> | null | undefined,
  wanted: ReadonlyMap<string, string | undefined>,
): readonly Operation[] {
  const set = [...wanted].filter((pair): pair is [string, string] => pair[1] !== undefined);
  if (given === undefined || given === null) {
    return set.length === 0
      ? []
      : [{ op: 'add', path: '/metadata/annotations', value: Object.fromEntries(set) }];
  }
  return [...wanted].flatMap(([key, value]) => annotationStep(given, key, value));
}

function annotationStep(
  given: Readonly<Record<string, string>>,
  key: string,
  value: string | undefined,
): readonly Operation[] {
  const path = pointer('metadata', 'annotations', key);
  const present = Object.hasOwn(given, key);
  if (value === undefined) return present ? [{ op: 'remove', path }] : [];
  if (!present) return [{ op: 'add', path, value }];
  return given[key] === value ? [] : [{ op: 'replace', path, value }];
}
