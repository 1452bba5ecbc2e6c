/** Numbers objects: two that were read at different times are two, whatever is in them. */
export function createObjectIds(): (object: object | undefined) => number {
  const ids = new WeakMap<object, number>();
  let last = 0;
  return (object) => {
    if (object === undefined) return 0;
    const known = ids.get(object);
    if (known !== undefined) return known;
    last += 1;
    ids.set(object, last);
    return last;
  };
}
