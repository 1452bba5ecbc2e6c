import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';

/**
 * What the webhook itself names when it assumes a role for a namespace. A role that trusts the webhook for one namespace
 * says so by this: were any text let through, a pod or a definition could name another namespace's.
 *
 * @param given as written, if it was
 * @throws LatchkeyError LK-POLICY
 */
export function ownExternalId(namespace: string, given: string | undefined): string {
  const own = `latchkey/${namespace}`;
  if (given === undefined || given === own || !given.startsWith('latchkey/')) return given ?? own;
  throw new LatchkeyError(
    'LK-POLICY',
    `external id ${quoted(given)} belongs to another namespace`,
    `Leave the external id out: this namespace's is ${quoted(own)}.`,
  );
}
