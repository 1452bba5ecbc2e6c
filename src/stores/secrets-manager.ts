import { LatchkeyError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { quoted } from '../quote.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { SecretValue } from '../secret-value.ts';
import { createCaller } from './aws-caller.ts';
import type { Connect } from './aws-clients.ts';
import { actor, errorName, isDeniedByKms, isMarkedForDeletion, transportError } from './aws-errors.ts';
import { inParallel } from './parallel.ts';
import type { Store } from './store.ts';

/** The one call of Secrets Manager. It rejects with the SDK's errors. */
export interface SecretsManagerClient {
  getSecretValue(question: SecretQuestion, signal: AbortSignal): Promise<SecretAnswer>;
}

export interface SecretQuestion {
  /** A name, an ARN, or an ARN without its random suffix. */
  readonly secretId: string;
  readonly versionId: string | undefined;
  readonly versionStage: string | undefined;
}

export interface SecretAnswer {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

export interface SecretsManagerOptions {
  readonly connect: Connect<SecretsManagerClient>;
}

/**
 * Well below the quota of 10,000 a second. BatchGetSecretValue would be slower under load (100 a second), needs a further
 * permission and knows no versions.
 */
const PARALLEL = 8;

/** AWS Secrets Manager: one GetSecretValue an address, eight at a time. */
export function createSecretsManagerStore({ connect }: SecretsManagerOptions): Store {
  return {
    async read(addresses, session, signal) {
      const [first] = addresses;
      if (first === undefined) return [];
      const call = createCaller({ connect, session, region: first.region, signal });
      return inParallel(PARALLEL, addresses, async (address) => {
        const { name: secretId, version: versionId, stage: versionStage } = address;
        try {
          return fetched(
            await call((client) => client.getSecretValue({ secretId, versionId, versionStage }, signal)),
            address,
          );
        } catch (error) {
          return secretsManagerError(error, address, session.identity);
        }
      });
    },
  };
}

function fetched(answer: SecretAnswer, address: Address): Fetched | LatchkeyError {
  const value = answer.SecretString ?? answer.SecretBinary;
  if (value === undefined) return secretNotFound(address);
  return {
    value: new SecretValue(value),
    version: answer.VersionId ?? '',
    arn: answer.ARN ?? '',
    name: answer.Name ?? '',
  };
}

function secretsManagerError(error: unknown, address: Address, identity: Identity): LatchkeyError {
  const { who, policy } = actor(identity);
  switch (errorName(error)) {
    case 'ResourceNotFoundException':
      return secretNotFound(address);
    case 'AccessDeniedException':
    case 'AccessDenied':
      return isDeniedByKms(error) ? kmsRefused(who, policy) : denied(who, policy);
    case 'DecryptionFailure':
    case 'InvalidKeyId':
    case 'KMSInvalidStateException':
      return kmsRefused(who, policy);
    case 'InvalidRequestException':
      return isMarkedForDeletion(error) ? beingDeleted(address) : invalid(address, 'InvalidRequestException');
    default:
      return transportError(error, 'Secrets Manager', address.region) ?? invalid(address, errorName(error));
  }
}

/** Secrets Manager says one and the same of a missing secret, a missing version or stage, and a secret without a value. */
function secretNotFound({ region, version, stage }: Address): LatchkeyError {
  const wanted = [
    ...(version === undefined ? [] : [`version ${quoted(version)}`]),
    ...(stage === undefined ? [] : [`stage ${quoted(stage)}`]),
  ].join(', ');
  return new LatchkeyError(
    'LK-NOT-FOUND',
    wanted === ''
      ? `the secret does not exist in ${region} or has no value yet`
      : `the secret, or its ${wanted}, does not exist in ${region}`,
    'Create it, or correct the name and the region; a secret of another account needs its full ARN.',
  );
}

function beingDeleted({ region }: Address): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-FOUND',
    `the secret is scheduled for deletion in ${region}`,
    'Restore it (aws secretsmanager restore-secret), or name another.',
  );
}

function denied(who: string, policy: string): LatchkeyError {
  return new LatchkeyError(
    'LK-DENIED',
    `access denied for ${who}`,
    `Allow secretsmanager:GetSecretValue on this secret (and kms:Decrypt on its key) in ${policy}, and check the secret's resource policy.`,
  );
}

function kmsRefused(who: string, policy: string): LatchkeyError {
  return new LatchkeyError(
    'LK-KMS',
    `the KMS key of the secret cannot be used by ${who}`,
    `Allow kms:Decrypt on the key in ${policy} and in the key's policy, and check that the key is enabled.`,
  );
}

function invalid({ region }: Address, name: string): LatchkeyError {
  return new LatchkeyError(
    'LK-INVALID',
    `Secrets Manager in ${region} calls the request invalid${name === '' ? '' : ` (${name})`}`,
    'Check the name, and that version and stage belong together.',
  );
}
