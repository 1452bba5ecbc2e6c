import { GetSecretValueCommand, SecretsManagerClient as SdkClient } from '@aws-sdk/client-secrets-manager';

import type { ExplicitConfig } from './aws-config.ts';
import type { SecretsManagerClient } from './secrets-manager.ts';

/** The one call of Secrets Manager that Latchkey makes. */
export function connectSecretsManager(config: ExplicitConfig): SecretsManagerClient {
  const client = new SdkClient(config);
  return {
    getSecretValue: ({ secretId, versionId, versionStage }, abortSignal) =>
      client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId, VersionStage: versionStage }),
        { abortSignal },
      ),
  };
}
