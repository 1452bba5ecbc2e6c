import { pathProblem } from '../../definitions/eso/gjson-path.ts';
import { lodashPath } from '../../definitions/kes/lodash-path.ts';
import { quoted } from '../../quote.ts';
import { notConvertible } from '../definitions/meaning.ts';

/** What means something to gjson within a key. */
const SPECIAL = /[\\.*?|#@!{}[\]()=<>%"]/g;

function escapedKey(key: string): string {
  return key.replace(SPECIAL, '\\$&');
}

/**
 * A property of KES as External Secrets Operator takes it: `a[0].b` is `a.0.b`, `x["y.z"]` is `x.y\.z`. Both look for a key
 * that reads like the whole property first, so that one of plain keys and dots stays as it is.
 *
 * @throws LatchkeyError where there is no such property
 */
export function gjsonProperty(written: string): string {
  const keys = lodashPath(written);
  if (/^[\w-]+(?:\.[\w-]+)*$/.test(written) && keys.join('.') === written) return written;
  const property = keys.map(escapedKey).join('.');
  if (property !== '' && !keys.includes('') && pathProblem(property) === undefined) return property;
  throw notConvertible(
    `property ${quoted(written)} has no equivalent in External Secrets Operator`,
    'Rename the key in AWS, or take the value out with a template.',
  );
}
