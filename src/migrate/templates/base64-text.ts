import { notConvertible } from '../definitions/meaning.ts';
import type { Formula } from './formula.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What a formula of base64 stands for, as in `data` of a Secret.
 *
 * @throws LatchkeyError where it is put together of text and base64, or stands for bytes that are no text
 */
export function unwrapBase64(formula: Formula): Formula {
  const parts = formula.filter((part) => typeof part !== 'string' || part.trim() !== '');
  const [only] = parts;
  if (parts.length === 0) return [''];
  if (parts.length === 1 && typeof only === 'object' && only.kind === 'encoded' && only.as === 'base64')
    return only.of;
  if (parts.length === 1 && typeof only === 'object' && only.kind === 'key')
    return [{ kind: 'decoded', of: only, differences: ['kes-base64'] }];
  if (parts.length === 1 && typeof only === 'string') return [plainText(only)];
  throw notConvertible('its template puts base64 together', 'Move it to stringData, which takes plain text.');
}

function plainText(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  if (BASE64.test(base64.replaceAll(/[\t\n\r ]/g, '')) && Buffer.from(text).equals(bytes)) return text;
  throw notConvertible('its template holds bytes that are no text');
}
