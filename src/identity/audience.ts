import { LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { AUDIENCE_ANNOTATION, DEFAULT_AUDIENCE } from '../names.ts';
import { quoted } from '../quote.ts';

/** The audience of tokens for this service account, as IRSA has it: its annotation, or AWS's usual one. */
export function sessionAudience({ annotations }: Pick<ObjectMeta, 'annotations'>): string {
  const annotated = annotations[AUDIENCE_ANNOTATION];
  return annotated === undefined || annotated === '' ? DEFAULT_AUDIENCE : annotated;
}

/**
 * The audience of tokens for this service account, or the one that a definition names. An audience that a tenant chose could be the API server's own or another system's: only the operator's list counts.
 * @throws LatchkeyError LK-POLICY
 */
export function checkedAudience(
  namespace: string,
  account: ObjectMeta,
  allowed: readonly string[],
  wanted?: string,
): string {
  const audience = wanted ?? sessionAudience(account);
  if (allowed.includes(audience)) return audience;
  throw new LatchkeyError(
    'LK-POLICY',
    `service account ${quoted(account.name)} in namespace ${quoted(namespace)} asks for tokens with audience ${quoted(audience)}, which the operator does not list`,
    `Change its annotation ${AUDIENCE_ANNOTATION}, or add the audience to --token-audiences.`,
  );
}
