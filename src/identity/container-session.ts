import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import { ROLE_ARN_ANNOTATION } from '../names.ts';
import { quoted } from '../quote.ts';
import { createCredentialCache } from './credential-cache.ts';
import type { Session } from './identity.ts';
import { ownSession, type OwnSources } from './own-session.ts';
import type { Sts } from './sts.ts';

export interface ContainerSessionOptions extends OwnSources {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly cluster?: string | undefined;
  /** A role to assume from what is found. */
  readonly assumeRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly sts: Sts;
  readonly clock: Clock;
}

/**
 * `latchkey fetch`, inside the pod: container credentials (EKS Pod Identity), then web identity (IRSA), then the chained
 * role.
 * @throws LatchkeyError LK-NO-CREDENTIALS when the pod has neither
 */
export function createContainerSession(options: ContainerSessionOptions): Session {
  const { namespace, serviceAccount, cluster, assumeRoleArn, externalId, sts, clock } = options;
  return ownSession(
    options,
    {
      identity: { kind: 'container', namespace, serviceAccount, serviceAccountUid: '' },
      cluster,
      assumeRoleArn,
      externalId,
      none: () =>
        new LatchkeyError(
          'LK-NO-CREDENTIALS',
          `service account ${quoted(serviceAccount)} in namespace ${quoted(namespace)} has neither an IAM role nor an EKS Pod Identity`,
          `Annotate it with ${ROLE_ARN_ANNOTATION}: arn:aws:iam::ACCOUNT:role/NAME (IRSA), or create an EKS Pod Identity association for it; then start the pod again.`,
        ),
    },
    { sts, cache: createCredentialCache({ clock }) },
  );
}
