import type { Clock } from '../clock.ts';
import type { FetchEnvironment } from '../config/fetch-environment.ts';
import { createContainerSession } from '../identity/container-session.ts';
import type { Session } from '../identity/identity.ts';
import { createSts } from '../identity/sts.ts';
import { createAwsClients } from '../stores/aws-clients.ts';
import { createAwsNetwork } from '../stores/aws-config.ts';
import { createResolver } from '../stores/resolver.ts';
import type { Resolver } from '../stores/resolver.ts';
import { createSecretsManagerStore } from '../stores/secrets-manager.ts';
import { createSsmStore } from '../stores/ssm.ts';
import type { LineLog } from './line-log.ts';

/** Nobody holds a review open for `fetch`: one call may take longer than it may in the webhook. */
const ATTEMPT_MS = 3000;
const BUDGET_MS = 10_000;

/**
 * AWS as the pod itself. Nothing is asked yet, and no SDK package is loaded before its first call: starting is most of
 * what `fetch` does, and most plans need one store.
 * @throws LatchkeyError LK-NO-CREDENTIALS when the pod has neither an EKS Pod Identity nor a role
 */
export function openAws(
  { plan: fetchPlan, containerCredentials }: FetchEnvironment,
  clock: Clock,
  log: LineLog,
): { readonly openResolver: (budgetMs: number) => Resolver; readonly session: Session } {
  const { plan, namespace, serviceAccount, cluster, webIdentity, endpoint } = fetchPlan;
  const network = createAwsNetwork({
    attemptTimeoutMs: ATTEMPT_MS,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const session = createContainerSession({
    namespace,
    serviceAccount,
    cluster,
    ...(webIdentity?.only === true ? {} : { containerCredentials }),
    webIdentity,
    assumeRoleArn: plan.assumeRoleArn,
    externalId: plan.externalId,
    sts: createSts(network),
    clock,
  });
  const clients = createAwsClients(network);
  const advise = ({ code, text }: { readonly code: string; readonly text: string }): void =>
    log.warn({ code, advice: text }, 'advice');
  const stores = {
    ssm: createSsmStore({ connect: clients.ssm, clock, advise }),
    secretsmanager: createSecretsManagerStore({ connect: clients.secretsManager }),
  };
  const openResolver = (budgetMs: number): Resolver =>
    createResolver({ stores, clock, cacheTtlMs: 0, budgetMs: Math.min(budgetMs, BUDGET_MS) });
  return { session, openResolver };
}
