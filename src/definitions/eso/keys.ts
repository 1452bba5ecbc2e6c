import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { isSecretKey } from '../secret-key.ts';
import type { Conversion } from './external-secret.ts';

/** Values by key, as they come from one entry: in the order in which they were found. */
export type Values = ReadonlyMap<string, Uint8Array>;

const KEPT = /[\p{L}\p{N}._-]/u;

function converted(key: string, conversion: Conversion): string {
  let made = '';
  for (const character of key) {
    if (KEPT.test(character)) made += character;
    else if (conversion === 'Default') made += '_';
    else made += `_U${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}_`;
  }
  return made;
}

/** Puts a value under its new key; two under one key are an error, never one of the two by chance. */
export function putOnce(values: Map<string, Uint8Array>, key: string, value: Uint8Array): void {
  if (values.has(key)) {
    throw new LatchkeyError(
      'LK-CONFLICT',
      `two values get the key ${quoted(key)}`,
      'Write a rewrite that keeps their keys apart.',
    );
  }
  values.set(key, value);
}

/** `conversionStrategy`: what is no letter, digit, dot, dash or underscore becomes `_` or `_Uxxxx_`. Throws LK-CONFLICT. */
export function convertKeys(values: Values, conversion: Conversion): Values {
  const made = new Map<string, Uint8Array>();
  for (const [key, value] of values) putOnce(made, converted(key, conversion), value);
  return made;
}

/** Leaves empty keys out, as External Secrets Operator does, and refuses those that no Secret can have. Throws LK-NAME. */
export function checkKeys(values: Values): Values {
  const kept = [...values].filter(([key]) => key !== '');
  const wrong = kept.find(([key]) => !isSecretKey(key));
  if (wrong === undefined) return new Map(kept);
  throw new LatchkeyError(
    'LK-NAME',
    `${quoted(wrong[0])} cannot be a key of a Secret`,
    'Change it with rewrite. Without rewrite, all but letters, digits and - _ . is converted; letters of other alphabets are not.',
  );
}
