import type { SecretValue } from '../secret-value.ts';
import type { AwsNetwork } from '../stores/aws-config.ts';
import { explicitConfig } from '../stores/aws-config.ts';
import type { Credentials, Hop } from './identity.ts';

/** One role, in one region, under one session name. */
export interface Assumption {
  readonly region: string;
  readonly roleArn: string;
  readonly sessionName: string;
}

/** The two calls of STS that Latchkey makes. Both reject with what the SDK throws: their callers know who asked whom. */
export interface Sts {
  withWebIdentity(
    assumption: Assumption & { readonly token: SecretValue },
    signal: AbortSignal,
  ): Promise<Credentials>;
  assumeRole(
    assumption: Assumption & Hop & { readonly from: Credentials },
    signal: AbortSignal,
  ): Promise<Credentials>;
}

/**
 * STS at each region's own endpoint, always with the session policy and for 15 minutes. The SDK package is loaded at the
 * first call: `fetch` with container credentials never needs it.
 */
export function createSts(network: AwsNetwork): Sts {
  return {
    withWebIdentity: async ({ token, ...assumption }, signal) => {
      const { withWebIdentity } = await import('./sts-client.ts');
      return await withWebIdentity(
        explicitConfig(network, assumption.region),
        { ...assumption, token },
        signal,
      );
    },
    assumeRole: async ({ from, ...assumption }, signal) => {
      const { assumeRole } = await import('./sts-client.ts');
      return await assumeRole(explicitConfig(network, assumption.region, from), assumption, signal);
    },
  };
}
