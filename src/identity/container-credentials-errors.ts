import { LatchkeyError } from '../errors.ts';

const AGENT = 'the EKS Pod Identity agent';

/**
 * A refusal of the EKS Pod Identity agent. Its body reads `[request id]: (Code): text`; only the code is looked at, and
 * nothing of it is shown but a code that we know.
 */
export function containerCredentialsError({
  status,
  body,
}: {
  readonly status: number;
  readonly body: string;
}): LatchkeyError {
  const code = /\(([A-Za-z]{1,64})\)/.exec(body.slice(0, 4096))?.[1]?.replace(/Exception$/, '') ?? '';
  if (status === 429 || code === 'Throttling') {
    return new LatchkeyError(
      'LK-THROTTLED',
      `${AGENT} throttles`,
      'Wait, or start fewer pods on this node at once.',
    );
  }
  if (status >= 500) return notAnswering(false);
  if (code === 'AccessDenied') {
    return new LatchkeyError(
      'LK-TRUST',
      'the role of this EKS Pod Identity association does not trust EKS',
      'Allow sts:AssumeRole and sts:TagSession to the service pods.eks.amazonaws.com in its trust policy, and eks-auth:AssumeRoleForPodIdentity to the node role.',
    );
  }
  if (code === 'ResourceNotFound' || status === 404) {
    return new LatchkeyError(
      'LK-NO-CREDENTIALS',
      'EKS knows no Pod Identity association for this service account',
      'Create it (aws eks create-pod-identity-association), which takes some seconds to be known, and start the pod again.',
    );
  }
  return new LatchkeyError(
    'LK-NO-CREDENTIALS',
    `${AGENT} refuses this pod's token (${status}${KNOWN.has(code) ? ` ${code}` : ''})`,
    'Start the pod again, so that it gets a new token.',
  );
}

const KNOWN = new Set(['ExpiredToken', 'InvalidToken', 'InvalidParameter', 'InvalidRequest']);

/** The agent gave no answer, or none that can be used. */
export function notAnswering(timedOut: boolean): LatchkeyError {
  return new LatchkeyError(
    timedOut ? 'LK-TIMEOUT' : 'LK-AWS-AWAY',
    timedOut ? `${AGENT} did not answer in time` : `${AGENT} cannot be reached or answers with errors`,
    'Check that the add-on eks-pod-identity-agent runs on this node; there is none on Fargate.',
  );
}
