import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** Whether Kubernetes takes it as a key of a Secret's data (apimachinery, IsConfigMapKey). */
export function isSecretKey(text: string): boolean {
  return KEY.test(text) && text !== '.' && !text.startsWith('..');
}

/** Throws LK-NAME for what cannot be a key of a Secret. */
export function checkSecretKey(text: string): void {
  if (isSecretKey(text)) return;
  throw new LatchkeyError(
    'LK-NAME',
    `${quoted(text)} cannot be a key of a Secret`,
    'A key has letters, digits and - _ . only, at most 253 of them, and does not begin with two dots.',
  );
}
