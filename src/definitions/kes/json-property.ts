import { lodashPath } from './lodash-path.ts';

function step(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (value === null || value === undefined) return undefined;
  // A text has its characters and its length as keys of its own, as a list has its length.
  const holder = Object(value) as Readonly<Record<string, unknown>>;
  return Object.hasOwn(holder, key) ? { value: holder[key] } : undefined;
}

/**
 * What `property` names in a parsed document: an exact key of the document wins, otherwise it is a path. KES also finds
 * what every object inherits (`toString`, `constructor`); here only what the document holds is found.
 *
 * @returns `undefined` where it is not there; `{ value: null }` where it is null
 */
export function findProperty(document: unknown, property: string): { readonly value: unknown } | undefined {
  const exact = step(document, property);
  if (exact !== undefined) return exact;
  const keys = lodashPath(property);
  if (keys.length === 0) return undefined;
  let found: { readonly value: unknown } | undefined = { value: document };
  for (const key of keys) found = found === undefined ? undefined : step(found.value, key);
  return found;
}
