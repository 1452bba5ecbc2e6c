import { readSecretName } from '../../delivery/secret-name.ts';
import { UNKNOWN_UID } from './as-created.ts';
import type { Reviewed } from './shown-values.ts';

/** What people read where only the cluster knows the rest. */
const PLACEHOLDER = 'placeholder';

/**
 * Puts a marked name, still a valid one, in the place of each managed Secret's name, and a zero in that of the nonce which
 * the server would make up. Names hold only lower-case letters, digits and hyphens, so they can be replaced in JSON.
 */
export function withPlaceholders<T>(value: T, name: string | undefined, { revision }: Reviewed): T {
  let json = JSON.stringify(value);
  if (name !== undefined) json = json.replaceAll(name, placeholderName(name));
  if (revision.nonce === true) json = json.replaceAll(revision.id, UNKNOWN_UID);
  return JSON.parse(json) as T;
}

/** `latchkey-<owner>-placeholder` */
export function placeholderName(name: string): string {
  const parts = readSecretName(name);
  if (parts === undefined) return name;
  return name.slice(0, -(parts.h1.length + parts.h2.length)) + PLACEHOLDER;
}

/** The managed Secret that a patch refers to, wherever in it. */
export function secretNameIn(value: unknown): string | undefined {
  const [found] = (JSON.stringify(value) ?? '').match(/latchkey-[a-z0-9-]*-[0-9a-f]{64}(?![0-9a-f])/) ?? [];
  return found !== undefined && readSecretName(found) !== undefined ? found : undefined;
}
