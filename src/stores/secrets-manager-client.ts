import {
  DescribeSecretCommand,
  type Filter,
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient as SdkClient,
} from '@aws-sdk/client-secrets-manager';

import type { ExplicitConfig } from './aws-config.ts';
import type { SearchQuestion, SecretsManagerClient } from './secrets-manager-calls.ts';

/** The calls of Secrets Manager that Latchkey makes. */
export function connectSecretsManager(config: ExplicitConfig): SecretsManagerClient {
  const client = new SdkClient(config);
  return {
    getSecretValue: ({ secretId, versionId, versionStage }, abortSignal) =>
      client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId, VersionStage: versionStage }),
        { abortSignal },
      ),
    describeSecret: (secretId, abortSignal) =>
      client.send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal }),
    listSecrets: (question, abortSignal) =>
      client.send(
        new ListSecretsCommand({
          MaxResults: 100,
          NextToken: question.nextToken,
          Filters: filtersOf(question),
        }),
        { abortSignal },
      ),
  };
}

function filtersOf({ prefix, tags }: SearchQuestion): Filter[] {
  const name: Filter[] = prefix === undefined || prefix === '' ? [] : [{ Key: 'name', Values: [prefix] }];
  const tagged = Object.entries(tags).flatMap(([key, value]): Filter[] => [
    { Key: 'tag-key', Values: [key] },
    ...(value === '' ? [] : [{ Key: 'tag-value' as const, Values: [value] }]),
  ]);
  return [...name, ...tagged];
}
