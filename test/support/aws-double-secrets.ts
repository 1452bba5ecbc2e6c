// Secrets Manager as its API reference describes it: GetSecretValue with versions, stages, binary values and KMS;
// DescribeSecret and ListSecrets with tags.

import { randomUUID } from 'node:crypto';

import { AwsAnswerError, optionalText, textOf } from './aws-double-answer.ts';
import type { Authorise, JsonInput } from './aws-double-answer.ts';
import { page, secretFilter, tagList } from './aws-double-search.ts';

export interface SecretOptions {
  readonly region?: string;
  /** Default: AWSCURRENT, which moves the former current version to AWSPREVIOUS. */
  readonly stages?: readonly string[];
  readonly versionId?: string;
  /** Of the secret, whatever the version; absent: as they were. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly kms?: 'denied' | 'disabled';
}

interface Version {
  readonly id: string;
  readonly value: string | Uint8Array;
  readonly kms: 'denied' | 'disabled' | undefined;
  stages: readonly string[];
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly versions: Version[];
  scheduledForDeletion: boolean;
  readonly region: string;
  tags: Readonly<Record<string, string>>;
}

export interface SecretsDouble {
  /** Adds a version and returns its id and the secret's ARN. */
  put(
    name: string,
    value: string | Uint8Array,
    options?: SecretOptions,
  ): { readonly versionId: string; readonly arn: string };
  scheduleDeletion(name: string, region?: string): void;
  answer(action: string, input: JsonInput, region: string, authorise: Authorise): unknown;
}

export function createSecretsDouble(account: string): SecretsDouble {
  const secrets = new Map<string, Secret>();

  function find(id: string, region: string): Secret | undefined {
    if (!id.startsWith('arn:')) return secrets.get(key(region, id));
    // A partial ARN (without the random suffix) is understood too.
    return [...secrets.values()].find(
      (secret) => secret.arn === id || secret.arn.replace(/-[A-Za-z0-9]{6}$/, '') === id,
    );
  }

  function choose(secret: Secret, input: JsonInput): Version {
    const id = optionalText(input['VersionId']);
    const stage = optionalText(input['VersionStage']) ?? (id === undefined ? 'AWSCURRENT' : undefined);
    const version = secret.versions.find(
      (version) =>
        (id === undefined || version.id === id) && (stage === undefined || version.stages.includes(stage)),
    );
    if (version !== undefined) return version;
    if (id !== undefined && stage !== undefined) {
      throw new AwsAnswerError(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    throw new AwsAnswerError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label",
    );
  }

  /** The secret that a request names, if the caller may do the current action on it and it is there. */
  function named(input: JsonInput, region: string, authorise: Authorise): Secret {
    const id = textOf(input['SecretId']);
    const secret = find(id, region);
    const arn = id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${region}:${account}:secret:${id}`;
    authorise({ name: secret?.name ?? id, arn: secret?.arn ?? arn });
    if (secret === undefined) {
      throw new AwsAnswerError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      );
    }
    return secret;
  }

  function describeSecret(input: JsonInput, region: string, authorise: Authorise): unknown {
    return describe(named(input, region, authorise));
  }

  function listSecrets(input: JsonInput, region: string, authorise: Authorise): unknown {
    authorise({ name: '*', arn: '*' });
    const matching = [...secrets.values()]
      .filter((secret) => secret.region === region && !secret.scheduledForDeletion)
      .filter(secretFilter(input));
    const { items, ...next } = page(matching, input, 100);
    return { SecretList: items.map(describe), ...next };
  }

  function getSecretValue(input: JsonInput, region: string, authorise: Authorise): unknown {
    const secret = named(input, region, authorise);
    if (secret.scheduledForDeletion) {
      throw new AwsAnswerError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    const version = choose(secret, input);
    if (version.kms === 'disabled') throw new AwsAnswerError('DecryptionFailure', 'KMS key is disabled');
    if (version.kms === 'denied')
      throw new AwsAnswerError('AccessDeniedException', 'Access to KMS is not allowed');
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: version.stages,
      CreatedDate: 1_700_000_000,
      ...(typeof version.value === 'string'
        ? { SecretString: version.value }
        : { SecretBinary: Buffer.from(version.value).toString('base64') }),
    };
  }

  return {
    put(
      name,
      value,
      { region = 'eu-west-1', stages = ['AWSCURRENT'], versionId = randomUUID(), tags, kms } = {},
    ) {
      const secret = secrets.get(key(region, name)) ?? {
        name,
        arn: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-1a2b3C`,
        versions: [],
        scheduledForDeletion: false,
        region,
        tags: {},
      };
      secret.tags = tags ?? secret.tags;
      for (const version of secret.versions) {
        const wasCurrent = version.stages.includes('AWSCURRENT') && stages.includes('AWSCURRENT');
        const left = version.stages.filter(
          (stage) => !stages.includes(stage) && !(wasCurrent && stage === 'AWSPREVIOUS'),
        );
        version.stages = wasCurrent ? [...left, 'AWSPREVIOUS'] : left;
      }
      secret.versions.push({ id: versionId, value, kms, stages });
      secrets.set(key(region, name), secret);
      return { versionId, arn: secret.arn };
    },
    scheduleDeletion(name, region = 'eu-west-1') {
      const secret = secrets.get(key(region, name));
      if (secret !== undefined) secret.scheduledForDeletion = true;
    },
    answer(action, input, region, authorise) {
      if (action === 'GetSecretValue') return getSecretValue(input, region, authorise);
      if (action === 'DescribeSecret') return describeSecret(input, region, authorise);
      if (action === 'ListSecrets') return listSecrets(input, region, authorise);
      throw new AwsAnswerError('UnknownOperationException', action);
    },
  };
}

function describe(secret: Secret): unknown {
  return { ARN: secret.arn, Name: secret.name, Tags: tagList(secret) };
}

function key(region: string, name: string): string {
  return JSON.stringify([region, name]);
}
