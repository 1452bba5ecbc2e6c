// The AWS provider reads by Go's JSON: keys match in any case, and what it does not know it passes over. So that a misspelt
// key does not go unseen, each is named in a warning.

import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { ANY_OTHER, type Fields } from '../eso/fields.ts';
import { isMapping } from '../eso/object-reader.ts';

/** The same with every known key as the table spells it; what is spelt exactly goes first. */
export function withKnownKeys(value: unknown, fields: Fields): unknown {
  if (!isMapping(value)) return value;
  const spellings = new Map(namesOf(fields).map((name) => [name.toLowerCase(), name]));
  const found = new Map<string, unknown>();
  for (const [key, each] of Object.entries(value)) {
    const name = Object.hasOwn(fields, key) ? key : (spellings.get(key.toLowerCase()) ?? key);
    const { below, list } = (Object.hasOwn(fields, name) ? fields[name] : undefined) ?? {};
    if (name !== key && Object.hasOwn(value, name)) continue;
    found.set(name, below === undefined ? each : belowOf(each, below, list === true));
  }
  return Object.fromEntries(found);
}

function belowOf(value: unknown, fields: Fields, list: boolean): unknown {
  if (!list) return withKnownKeys(value, fields);
  return Array.isArray(value) ? value.map((item) => withKnownKeys(item, fields)) : value;
}

/** Whoever writes a thousand keys that nobody knows is told of the first, in each mapping. */
const MOST_NAMED = 10;

/** A warning for each key that is passed over, here and below. @param place `SecretProviderClass "db", spec` */
export function unknownKeys(value: unknown, fields: Fields, place: string): readonly string[] {
  if (!isMapping(value)) return [];
  const names = namesOf(fields);
  const own = Object.entries(value)
    .filter(([name, each]) => !names.includes(name) && each !== null)
    .slice(0, MOST_NAMED)
    .map(([name]) => `${place}: ${quoted(name)} is not known and is ignored.${didYouMean(name, names)}`);
  const below = names.flatMap((name) => {
    const { below: known, list } = fields[name] ?? {};
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (known === undefined) return [];
    if (list !== true) return unknownKeys(found, known, `${place}.${name}`);
    const items: readonly unknown[] = Array.isArray(found) ? found : [];
    return items.flatMap((item, index) => unknownKeys(item, known, `${place}.${name}[${String(index)}]`));
  });
  return [...own, ...below];
}

function namesOf(fields: Fields): readonly string[] {
  return Object.keys(fields).filter((name) => name !== ANY_OTHER);
}
