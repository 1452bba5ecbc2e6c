import { LatchkeyError } from '../errors.ts';
import type { Kubernetes, ObjectMeta } from '../kubernetes/kubernetes.ts';
import { ROLE_ARN_ANNOTATION } from '../names.ts';
import { quoted } from '../quote.ts';
import { checkedAudience } from './audience.ts';
import type { CredentialCache } from './credential-cache.ts';
import type { Session } from './identity.ts';
import { checkRoleArn } from './role-arn.ts';
import { chainedSession } from './role-chain.ts';
import { sessionName } from './session-name.ts';
import type { Sts } from './sts.ts';
import { webIdentitySession } from './web-identity.ts';

export interface SessionRequest {
  readonly namespace: string;
  /** As the API server has it now: its uid and annotations are part of the identity. */
  readonly serviceAccount: ObjectMeta;
  readonly assumeRoleArn?: string;
  readonly externalId?: string;
  /** Of the token, where somebody else than the service account says it. */
  readonly audience?: string;
}

/** Whose credentials read for a pod. */
export interface Sessions {
  /** @throws LatchkeyError LK-NO-ROLE, LK-POLICY, LK-SYNTAX: what is wrong before anybody is asked */
  forServiceAccount(request: SessionRequest): Session;
}

export interface PodSessionsOptions {
  readonly kubernetes: Pick<Kubernetes, 'requestToken'>;
  readonly sts: Sts;
  readonly cache: CredentialCache;
  /** `--token-audiences`: the only ones that a token is ever requested for. */
  readonly tokenAudiences: readonly string[];
  readonly cluster?: string | undefined;
}

/** `--identity=pod`: sessions as the pod's own service account, with the role in its annotation (IRSA). */
export function createPodSessions(options: PodSessionsOptions): Sessions {
  const { kubernetes, cluster } = options;
  return {
    forServiceAccount: ({ namespace, serviceAccount, assumeRoleArn, externalId, audience: wanted }) => {
      const { name, uid } = serviceAccount;
      const roleArn = roleOf(namespace, serviceAccount);
      const audience = checkedAudience(namespace, serviceAccount, options.tokenAudiences, wanted);
      const session = sessionName({ cluster, namespace, serviceAccount: name });
      const base = webIdentitySession(
        {
          identity: {
            kind: 'pod',
            namespace,
            serviceAccount: name,
            serviceAccountUid: uid,
            audience,
            roleChain: [roleArn],
          },
          roleArn,
          sessionName: session,
          token: (signal) => kubernetes.requestToken(namespace, name, audience, signal),
        },
        options,
      );
      if (assumeRoleArn === undefined) return base;
      checkRoleArn(assumeRoleArn, 'assume-role-arn');
      return chainedSession(base, { roleArn: assumeRoleArn, externalId, sessionName: session }, options);
    },
  };
}

function roleOf(namespace: string, { name, annotations }: ObjectMeta): string {
  const roleArn = annotations[ROLE_ARN_ANNOTATION];
  if (roleArn === undefined || roleArn === '') {
    throw new LatchkeyError(
      'LK-NO-ROLE',
      `service account ${quoted(name)} in namespace ${quoted(namespace)} names no IAM role`,
      `Annotate it with ${ROLE_ARN_ANNOTATION}: arn:aws:iam::ACCOUNT:role/NAME (IRSA), or set latchkey.dev/delivery: memory on the pod, which EKS Pod Identity needs.`,
    );
  }
  checkRoleArn(roleArn, `annotation ${ROLE_ARN_ANNOTATION} of service account ${quoted(name)}`);
  return roleArn;
}
