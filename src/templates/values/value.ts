/** A Go integer of another type than `int`, which a `bigint` stands for. */
export class SizedInteger {
  readonly type: 'int64' | 'uint8';
  readonly value: bigint;

  constructor(type: SizedInteger['type'], value: bigint) {
    this.type = type;
    this.value = value;
  }
}

/** What the elements of a list or a dictionary are declared to be; `any` is `interface {}`. */
export type ElementType = 'any' | 'string' | 'int' | 'list';

/** A slice. It never changes: the functions that add or remove make a new one. `nil` is a slice that was never made. */
export class List {
  readonly items: readonly Value[];
  readonly of: ElementType;
  readonly nil: boolean;

  constructor(items: readonly Value[], of: ElementType = 'any', nil = false) {
    this.items = items;
    this.of = of;
    this.nil = nil;
  }
}

/** A map with string keys. `set` and its like change it, as in Go. Its keys are those of a `Map`: no prototype answers. */
export class Dict {
  readonly entries: Map<string, Value>;
  readonly of: 'any' | 'string';

  constructor(entries: Iterable<readonly [string, Value]> = [], of: Dict['of'] = 'any') {
    this.entries = new Map(entries);
    this.of = of;
  }

  /** In the order of the keys' bytes: the order in which Go prints and ranges. */
  sorted(): readonly (readonly [string, Value])[] {
    return [...this.entries].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  }
}

/**
 * A value of a template: `null` is Go's nil, a `bigint` an `int`, a `number` a `float64`, a string its bytes (one
 * character a byte, see utf8.ts). Where there is no value at all, as for a missing key, `undefined` stands.
 */
export type Value = null | boolean | bigint | number | string | SizedInteger | List | Dict;

const MAX_INT = 2n ** 63n;

/** Wraps around as a 64-bit integer does. */
export function int64(value: bigint): SizedInteger {
  return new SizedInteger('int64', BigInt.asIntN(64, value));
}

export function fitsInt(value: bigint): boolean {
  return value >= -MAX_INT && value < MAX_INT;
}

/** The integer of any integer type; `undefined` for everything else. */
export function integerOf(value: Value | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return value instanceof SizedInteger ? value.value : undefined;
}

const LIST_TYPES: Readonly<Record<ElementType, string>> = {
  any: '[]interface {}',
  string: '[]string',
  int: '[]int',
  list: '[][]interface {}',
};

/** Go's name of the value's type, as `%T` and `typeOf` print it. */
export function typeName(value: Value): string {
  if (value instanceof List) return LIST_TYPES[value.of];
  if (value instanceof Dict) return value.of === 'any' ? 'map[string]interface {}' : 'map[string]string';
  if (value instanceof SizedInteger) return value.type;
  if (value === null) return '<nil>';
  return SCALAR_TYPES[typeof value as keyof typeof SCALAR_TYPES];
}

const SCALAR_TYPES = { boolean: 'bool', bigint: 'int', number: 'float64', string: 'string' } as const;

/** Go's name of the value's kind, as `kindOf` prints it. */
export function kindName(value: Value): string {
  if (value === null) return 'invalid';
  if (value instanceof List) return 'slice';
  return value instanceof Dict ? 'map' : typeName(value);
}
