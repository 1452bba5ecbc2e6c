import { notConvertible } from './meaning.ts';

/**
 * The keys that a property of External Secrets Operator goes through: dots part them, and a backslash takes the meaning from
 * the character behind it.
 *
 * @throws LatchkeyError for wildcards and `#`, which search
 */
export function gjsonKeys(property: string): readonly string[] {
  const keys: string[] = [];
  let key = '';
  for (let at = 0; at < property.length; at += 1) {
    const character = property.charAt(at);
    if (character === '.') {
      keys.push(key);
      key = '';
      continue;
    }
    if (character === '*' || character === '?' || (character === '#' && key === '')) {
      throw notConvertible(
        `its property has ${character}, which searches, and references name one value`,
        'Name the one key that is meant.',
      );
    }
    if (character === '\\') at += 1;
    key += character === '\\' ? property.charAt(at) : character;
  }
  return [...keys, key];
}
