import { LatchkeyError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import type { Caller } from './aws-caller.ts';
import { answers, fetchedParameter, requestName } from './ssm-batches.ts';
import type { SsmParameter } from './ssm-batches.ts';
import { parameterNotFound } from './ssm-errors.ts';

/** The calls of Parameter Store, all decrypting. They reject with the SDK's errors. */
export interface SsmClient {
  /** At most ten names. */
  getParameters(names: readonly string[], signal: AbortSignal): Promise<SsmParameters>;
  getParameter(name: string, signal: AbortSignal): Promise<{ readonly Parameter?: SsmParameter | undefined }>;
  getParametersByPath(page: SsmPage, signal: AbortSignal): Promise<SsmParameterPage>;
}

export interface SsmParameters {
  readonly Parameters?: readonly SsmParameter[] | undefined;
  /** Names as they were asked, with their selectors, that SSM does not have. */
  readonly InvalidParameters?: readonly string[] | undefined;
}

export interface SsmPage {
  readonly path: string;
  readonly recursive: boolean;
  readonly nextToken: string | undefined;
}

export interface SsmParameterPage {
  readonly Parameters?: readonly SsmParameter[] | undefined;
  readonly NextToken?: string | undefined;
}

/** What one read needs at every step. */
export interface Reading {
  readonly call: Caller<SsmClient>;
  readonly identity: Identity;
  readonly signal: AbortSignal;
}

/** One GetParameters for at most ten addresses; outcomes in their order. Rejects when the call as a whole failed. */
export async function readBatch(
  batch: readonly Address[],
  { call, signal }: Reading,
): Promise<readonly (Fetched | LatchkeyError)[]> {
  const answer = await call((client) => client.getParameters(batch.map(requestName), signal));
  return batch.map((address) => {
    const found = answer.Parameters?.find((parameter) => answers(parameter, address));
    if (found !== undefined) return fetchedParameter(found) ?? notInAnswer(address);
    const missing = answer.InvalidParameters?.includes(requestName(address)) === true;
    return missing ? parameterNotFound(address) : notInAnswer(address);
  });
}

/** One GetParameter. Rejects when it failed. */
export async function readSingle(
  address: Address,
  { call, signal }: Reading,
): Promise<Fetched | LatchkeyError> {
  const answer = await call((client) => client.getParameter(requestName(address), signal));
  return fetchedParameter(answer.Parameter) ?? notInAnswer(address);
}

function notInAnswer({ region }: Address): LatchkeyError {
  return new LatchkeyError(
    'LK-INVALID',
    `SSM in ${region} answered without this parameter`,
    'Check the spelling of the parameter.',
  );
}
