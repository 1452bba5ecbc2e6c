import { LatchkeyError } from '../errors.ts';
import type { OwnTokens, ServiceAccountName } from '../kubernetes/kubernetes.ts';
import { FORBIDDEN_AUDIENCE } from '../names.ts';
import { quoted } from '../quote.ts';

/**
 * Asks for a token of our own service account that an admission policy must forbid. Its audience is nobody's, so one that is
 * handed out all the same is of no use to anybody.
 * @returns `refused`, or `no-account` when we call as no service account
 * @throws LatchkeyError LK-TOKEN-CHECK when no policy refused it; LK-KUBERNETES and others when the API server said neither
 */
export async function requestForbiddenToken(
  kubernetes: OwnTokens,
  signal: AbortSignal,
): Promise<'refused' | 'no-account'> {
  const account = await kubernetes.ownAccount();
  if (account === undefined) return 'no-account';
  const outcome = await kubernetes.requestForbiddenToken(account, FORBIDDEN_AUDIENCE, signal);
  if (outcome === 'granted') {
    throw new LatchkeyError(
      'LK-TOKEN-CHECK',
      `the API server handed out a token for audience ${quoted(FORBIDDEN_AUDIENCE)} that a policy must refuse`,
      `Install the chart's ValidatingAdmissionPolicy about tokens and its binding, for user ${userOf(account)}: until then RBAC alone bounds the tokens that it may request.`,
    );
  }
  if (outcome === 'no-right') {
    // It says nothing about the namespaces in which Latchkey may request tokens.
    throw new LatchkeyError(
      'LK-TOKEN-CHECK',
      'RBAC refused the token that a policy must refuse, so no policy was asked',
      `Allow user ${userOf(account)} to create serviceaccounts/token of its own name in namespace ${quoted(account.namespace)}; where Latchkey requests no tokens at all, start it with --token-check=off.`,
    );
  }
  return outcome;
}

function userOf({ namespace, name }: ServiceAccountName): string {
  return quoted(`system:serviceaccount:${namespace}:${name}`, 400);
}
