import { LatchkeyError } from '../errors.ts';
import type { Identity, Session } from '../identity/identity.ts';
import { quoted } from '../quote.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { SecretValue } from '../secret-value.ts';
import { createCaller } from './aws-caller.ts';
import type { Caller } from './aws-caller.ts';
import type { Connect } from './aws-clients.ts';
import { actor, errorName, isDeniedByKms, isMarkedForDeletion, transportError } from './aws-errors.ts';
import { inParallel } from './parallel.ts';
import type { SecretAnswer, SecretsManagerClient } from './secrets-manager-calls.ts';
import { findSecrets } from './secrets-manager-find.ts';
import { allOrError } from './search.ts';
import type { Store } from './store.ts';
import { fetchedTags } from './tags-payload.ts';

export interface SecretsManagerOptions {
  readonly connect: Connect<SecretsManagerClient>;
}

/**
 * Well below the quota of 10,000 a second. BatchGetSecretValue would be slower under load (100 a second), needs a further
 * permission and knows no versions.
 */
const PARALLEL = 8;

/** One read, by one session in one region. */
interface Reading {
  readonly call: Caller<SecretsManagerClient>;
  readonly identity: Identity;
  readonly signal: AbortSignal;
}

/** AWS Secrets Manager: one GetSecretValue an address, eight at a time; ListSecrets for searches. */
export function createSecretsManagerStore({ connect }: SecretsManagerOptions): Store {
  const start = (session: Session, region: string, signal: AbortSignal): Reading => ({
    call: createCaller({ connect, session, region, signal }),
    identity: session.identity,
    signal,
  });
  return {
    async read(addresses, session, signal) {
      const [first] = addresses;
      return first === undefined ? [] : readEach(addresses, start(session, first.region, signal));
    },

    async list(address, session, signal) {
      const { find } = address;
      const reading = start(session, address.region, signal);
      if (find === undefined) return invalid(address, '');
      try {
        const found = await findSecrets({ ...address, find }, reading.call, signal);
        return found instanceof LatchkeyError ? found : allOrError(await readEach(found, reading));
      } catch (error) {
        return secretsManagerError(error, address, session.identity);
      }
    },
  };
}

async function readEach(
  addresses: readonly Address[],
  reading: Reading,
): Promise<readonly (Fetched | LatchkeyError)[]> {
  return inParallel(PARALLEL, addresses, async (address) => {
    try {
      return address.payload === 'tags'
        ? await readTags(address, reading)
        : await readValue(address, reading);
    } catch (error) {
      return secretsManagerError(error, address, reading.identity);
    }
  });
}

async function readValue(address: Address, { call, signal }: Reading): Promise<Fetched | LatchkeyError> {
  const { name: secretId, version: versionId, stage: versionStage } = address;
  const question = { secretId, versionId, versionStage };
  return fetched(await call((client) => client.getSecretValue(question, signal)), address);
}

async function readTags({ name }: Address, { call, signal }: Reading): Promise<Fetched> {
  const answer = await call((client) => client.describeSecret(name, signal));
  return fetchedTags(answer.Tags ?? [], { arn: answer.ARN ?? '', name: answer.Name ?? '' });
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
      return isDeniedByKms(error) ? kmsRefused(who, policy) : denied(who, policy, address);
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

function denied(who: string, policy: string, { find, payload }: Address): LatchkeyError {
  if (find !== undefined) {
    return new LatchkeyError(
      'LK-DENIED',
      `searching secrets is denied for ${who}`,
      `Allow secretsmanager:ListSecrets on "*" and secretsmanager:GetSecretValue on what it finds in ${policy}.`,
    );
  }
  const action = payload === 'tags' ? 'secretsmanager:DescribeSecret' : 'secretsmanager:GetSecretValue';
  return new LatchkeyError(
    'LK-DENIED',
    `access denied for ${who}`,
    `Allow ${action} on this secret (and kms:Decrypt on its key) in ${policy}, and check the secret's resource policy.`,
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
