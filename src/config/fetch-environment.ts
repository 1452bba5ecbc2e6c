import type { Environment } from '../commands/command.ts';
import { decodeFetchPlan } from '../delivery/fetch-plan.ts';
import type { FetchPlan } from '../delivery/fetch-plan.ts';
import { FETCH_PLAN_VARIABLE, SENTINEL_VARIABLE } from '../names.ts';

/** Where container credentials come from: what pod-identity-webhook sets for an EKS Pod Identity. */
export interface ContainerCredentials {
  readonly uri: string;
  readonly tokenFile: string;
}

/**
 * All that `latchkey fetch` reads of its environment. Not the flags' `LATCHKEY_…` variables, and none of the AWS SDK's
 * others: images, service links and other webhooks set those.
 */
export interface FetchEnvironment {
  readonly plan: FetchPlan;
  readonly containerCredentials?: ContainerCredentials;
}

/** @throws LatchkeyError LK-CONFIG when the plan is absent or is none that this version understands */
export function readFetchEnvironment(env: Environment): FetchEnvironment {
  const uri = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  const tokenFile = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const plan = decodeFetchPlan(env[FETCH_PLAN_VARIABLE]);
  return uri === '' || tokenFile === '' ? { plan } : { plan, containerCredentials: { uri, tokenFile } };
}

/** What the kubelet put into the sentinel variable: '' where it does not know env files. */
export function readSentinel(env: Environment): string {
  return env[SENTINEL_VARIABLE] ?? '';
}
