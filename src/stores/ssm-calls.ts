import { LatchkeyError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import type { Caller } from './aws-caller.ts';
import { answers, fetchedParameter, requestName } from './ssm-batches.ts';
import type { SsmParameter } from './ssm-batches.ts';
import { parameterNotFound } from './ssm-errors.ts';
import { fetchedTags, type Tag } from './tags-payload.ts';

/** The calls of Parameter Store; values come decrypted. They reject with the SDK's errors. */
export interface SsmClient {
  /** At most ten names. */
  getParameters(names: readonly string[], signal: AbortSignal): Promise<SsmParameters>;
  getParameter(name: string, signal: AbortSignal): Promise<{ readonly Parameter?: SsmParameter | undefined }>;
  getParametersByPath(page: SsmPage, signal: AbortSignal): Promise<SsmParameterPage>;
  /** Names, without values. */
  describeParameters(question: DescribeQuestion, signal: AbortSignal): Promise<SsmDescriptionPage>;
  listTags(name: string, signal: AbortSignal): Promise<{ readonly TagList?: readonly Tag[] | undefined }>;
}

export interface DescribeQuestion {
  /** Only below this path, at any depth. */
  readonly path: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly nextToken: string | undefined;
}

export interface SsmDescriptionPage {
  readonly Parameters?: readonly { readonly Name?: string | undefined }[] | undefined;
  readonly NextToken?: string | undefined;
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

/** One parameter's tags. Rejects when the call failed. */
export async function readTags({ name }: Address, { call, signal }: Reading): Promise<Fetched> {
  const answer = await call((client) => client.listTags(name, signal));
  return fetchedTags(answer.TagList ?? [], { arn: '', name });
}

function notInAnswer({ region }: Address): LatchkeyError {
  return new LatchkeyError(
    'LK-INVALID',
    `SSM in ${region} answered without this parameter`,
    'Check the spelling of the parameter.',
  );
}
