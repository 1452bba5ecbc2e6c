import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import t from 'tap';

import { systemClock } from '../../src/clock.ts';
import type { Session } from '../../src/identity/identity.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork, explicitConfig } from '../../src/stores/aws-config.ts';
import { createSecretsManagerStore } from '../../src/stores/secrets-manager.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { testIdentity } from '../support/aws-double-session.ts';
import { CONFORMANCE_DATA, storeConformance } from '../support/store-conformance.ts';
import { startMoto } from './moto.ts';

const region = 'eu-west-1';
const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing', sessionToken: 'testing' };

t.test('the stores against moto', { timeout: 120_000 }, async (t) => {
  const moto = await startMoto();
  t.teardown(() => moto.stop());
  const network = createAwsNetwork({ endpoint: moto.url, attemptTimeoutMs: 30_000 });
  const config = explicitConfig(network, region, credentials);
  await putParameters(new SSMClient(config));
  await tagParameters(new SSMClient(config));
  const secrets = await putSecrets(new SecretsManagerClient(config));
  const clients = createAwsClients(network);
  const session: Session = {
    identity: testIdentity(),
    credentials: async () => credentials,
    forget: () => {},
  };

  storeConformance(t, {
    ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
    secretsManager: createSecretsManagerStore({ connect: clients.secretsManager }),
    session,
    region,
    parameterArn: (name) => `arn:aws:ssm:${region}:123456789012:parameter${name}`,
    secretArn: (name) => secrets.arns.get(name) ?? '',
    versionId: (index) => secrets.versionIds[index] ?? '',
    takesParameterArns: false,
    returnsArns: true,
    hasTags: true,
  });
});

async function putParameters(client: SSMClient): Promise<void> {
  for (const [name, versions] of CONFORMANCE_DATA.parameters) {
    for (const { value, labels } of versions) {
      const put = new PutParameterCommand({
        Name: name,
        Value: value,
        Type: 'SecureString',
        Overwrite: true,
      });
      const { Version } = await client.send(put);
      if (labels === undefined) continue;
      await client.send(
        new LabelParameterVersionCommand({ Name: name, ParameterVersion: Version, Labels: [...labels] }),
      );
    }
  }
}

async function tagParameters(client: SSMClient): Promise<void> {
  for (const [name, tags] of CONFORMANCE_DATA.tags.ssm) {
    const add = { ResourceType: 'Parameter', ResourceId: name, Tags: tagsOf(tags) } as const;
    await client.send(new AddTagsToResourceCommand(add));
  }
}

function tagsOf(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function putSecrets(
  client: SecretsManagerClient,
): Promise<{ readonly arns: ReadonlyMap<string, string>; readonly versionIds: readonly string[] }> {
  const arns = new Map<string, string>();
  const versionIds: string[] = [];
  for (const [name, values] of CONFORMANCE_DATA.secrets) {
    for (const value of values) {
      const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
      const answer = arns.has(name)
        ? await client.send(new PutSecretValueCommand({ SecretId: name, ...content }))
        : await client.send(
            new CreateSecretCommand({
              Name: name,
              Tags: tagsOf(CONFORMANCE_DATA.tags.secretsmanager.get(name) ?? {}),
              ...content,
            }),
          );
      arns.set(name, answer.ARN ?? '');
      if (name === 'conf/db') versionIds.push(answer.VersionId ?? '');
    }
  }
  return { arns, versionIds };
}
