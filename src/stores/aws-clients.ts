import type { Credentials } from '../identity/identity.ts';
import { explicitConfig } from './aws-config.ts';
import type { AwsNetwork } from './aws-config.ts';
import type { SecretsManagerClient } from './secrets-manager-calls.ts';
import type { SsmClient } from './ssm-calls.ts';

/** A client that acts with these credentials in this region. */
export type Connect<Client> = (region: string, credentials: Credentials) => Promise<Client>;

export interface AwsClients {
  readonly ssm: Connect<SsmClient>;
  readonly secretsManager: Connect<SecretsManagerClient>;
}

/**
 * The real clients. Each SDK package is loaded when it is first needed, because `fetch` starts in a pod and mostly needs
 * one. Clients are made for each use and not kept: making one takes less than a tenth of a millisecond, connections live
 * in the shared agents, and what is not kept cannot be taken for someone else.
 */
export function createAwsClients(network: AwsNetwork): AwsClients {
  return {
    async ssm(region, credentials) {
      const { connectSsm } = await import('./ssm-client.ts');
      return connectSsm(explicitConfig(network, region, credentials));
    },
    async secretsManager(region, credentials) {
      const { connectSecretsManager } = await import('./secrets-manager-client.ts');
      return connectSecretsManager(explicitConfig(network, region, credentials));
    },
  };
}
