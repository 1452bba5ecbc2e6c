// The AWS behind the suite. moto, which no one here wrote, where a proof needs parameters and secrets; our own double where
// it needs faults, permissions, or an STS that verifies this cluster's tokens.

import { randomInt } from 'node:crypto';

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';

import { startAwsDouble, type AwsDouble } from '../../support/aws-double.ts';
import { clusterApi } from './api.ts';
import type { Roles } from './namespaces.ts';

export const REGION = 'eu-central-1';

/** What an installation needs of an AWS. */
export interface AwsBehind extends Roles {
  readonly url: string;
  close(): Promise<void>;
}

/** What a proof needs that any AWS can serve. */
export interface Aws extends AwsBehind {
  putParameter(name: string, value: string): Promise<void>;
  putSecret(name: string, value: string, options?: SecretOptions): Promise<void>;
  /** Keys that last, as a user has them, with the rights of a role. */
  userKeys(roleArn: string): { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What is in another account of the same AWS. */
  inAccount(account: string): Promise<Pick<Aws, 'putParameter' | 'close'>>;
}

export interface SecretOptions {
  /** Default: {@link REGION}. */
  readonly region?: string;
  /** Default: AWSCURRENT alone. */
  readonly stages?: readonly string[];
}

/** The double, whose STS knows this cluster as an identity provider. */
export async function startDouble(): Promise<AwsDouble> {
  const api = clusterApi();
  const { issuer } = await api.get('/.well-known/openid-configuration');
  return await startAwsDouble({ oidc: { issuer, jwks: () => api.get('/openid/v1/jwks') } });
}

/** moto, if the suite has one; otherwise the double. */
export async function startAws(): Promise<Aws> {
  const moto = process.env['LATCHKEY_TEST_MOTO'];
  return moto === undefined ? ofDouble(await startDouble()) : await motoAccount(moto);
}

function ofDouble(double: AwsDouble): Aws {
  const options = { region: REGION };
  return {
    url: double.url,
    account: double.account,
    role: double.role,
    putParameter: async (name, value) => void double.ssm.put(name, value, options),
    putSecret: async (name, value, more) => void double.secrets.put(name, value, { ...options, ...more }),
    userKeys: double.userKeys,
    // It knows no accounts.
    inAccount: async () => ({
      putParameter: async (name, value) => void double.ssm.put(name, value, options),
      close: async () => {},
    }),
    close: double.close,
  };
}

/** An account of its own, so that tests at one moto never meet. moto gives every role to whoever asks. */
async function motoAccount(
  moto: string,
  account = String(randomInt(100_000_000_000, 999_999_999_999)),
): Promise<Aws> {
  const config = { endpoint: moto, region: REGION };
  const sts = new STSClient({ ...config, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Credentials: opened } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${account}:role/test`,
      RoleSessionName: 'test',
      WebIdentityToken: 'moto.does.not-verify-it',
    }),
  );
  const credentials = {
    accessKeyId: opened?.AccessKeyId ?? '',
    secretAccessKey: opened?.SecretAccessKey ?? '',
    sessionToken: opened?.SessionToken ?? '',
  };
  const ssm = new SSMClient({ ...config, credentials });
  const secrets = (region = REGION) => new SecretsManagerClient({ ...config, region, credentials });
  const known = new Set<string>();
  return {
    url: moto,
    account,
    role: () => {},
    async putParameter(name, value) {
      await ssm.send(
        new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: true }),
      );
    },
    async putSecret(name, value, { region, stages } = {}) {
      const client = secrets(region);
      const content = { SecretId: name, SecretString: value, ...(stages && { VersionStages: [...stages] }) };
      if (!known.has(name)) await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
      if (known.has(name) || stages !== undefined) await client.send(new PutSecretValueCommand(content));
      known.add(name);
      client.destroy();
    },
    // moto asks no key for its token.
    userKeys: () => ({
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
    }),
    inAccount: (other) => motoAccount(moto, other),
    async close() {
      for (const client of [sts, ssm]) client.destroy();
    },
  };
}
