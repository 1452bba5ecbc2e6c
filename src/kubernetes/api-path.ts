import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { isDnsLabel, isDnsSubdomain } from './object-names.ts';

/** Throws LK-NAME unless `name` can be a namespace. */
export function checkNamespace(name: string): void {
  if (!isDnsLabel(name)) throw notAName('namespace', name);
}

/** Throws LK-NAME unless `name` can name an object. `what` is for the message: `service account`. */
export function checkName(what: string, name: string): void {
  if (!isDnsSubdomain(name)) throw notAName(what, name);
}

/**
 * The one place where an API URL is put together. Every segment must be a DNS-1123 name, which leaves no room for `..`,
 * `/`, `%` or `?`: names in a review have not been validated yet.
 * @throws LatchkeyError LK-NAME
 * @example apiPath(['api', 'v1', 'namespaces', 'shop', 'secrets'])
 */
export function apiPath(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  for (const segment of segments) checkName('object', segment);
  const search = new URLSearchParams(query).toString();
  return `/${segments.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

function notAName(what: string, name: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NAME',
    `${quoted(name)} cannot name a ${what}`,
    'Kubernetes names are lower-case letters, digits, "-" and ".", and begin and end with a letter or digit.',
  );
}
