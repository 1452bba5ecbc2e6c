import { LatchkeyError } from '../errors.ts';
import type { CredentialCache } from './credential-cache.ts';
import { ownExternalId } from './external-id.ts';
import { ownSession, type OwnSources } from './own-session.ts';
import type { Sessions } from './pod-sessions.ts';
import type { Sts } from './sts.ts';

export interface ControllerSessionsOptions extends OwnSources {
  readonly sts: Sts;
  readonly cache: CredentialCache;
  readonly cluster?: string | undefined;
}

/**
 * `--identity=controller`: sessions on the webhook's own credentials, or on a role assumed from them. Whether namespace,
 * role and names are permitted is decided before anybody comes here.
 */
export function createControllerSessions(options: ControllerSessionsOptions): Sessions {
  return {
    forServiceAccount: (request) => {
      const { namespace, serviceAccount, assumeRoleArn } = request;
      return ownSession(
        options,
        {
          // The webhook's role is one for all: the identity keeps whom it reads for apart all the same.
          identity: {
            kind: 'controller',
            namespace,
            serviceAccount: serviceAccount.name,
            serviceAccountUid: serviceAccount.uid,
          },
          cluster: options.cluster,
          assumeRoleArn,
          externalId: assumeRoleArn === undefined ? undefined : ownExternalId(namespace, request.externalId),
          none: () =>
            new LatchkeyError(
              'LK-NO-CREDENTIALS',
              'the webhook has no AWS credentials of its own, which --identity=controller needs',
              "Give Latchkey's own service account an EKS Pod Identity association or a role (IRSA).",
            ),
        },
        options,
      );
    },
  };
}
