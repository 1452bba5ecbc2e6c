import type { LatchkeyError } from '../errors.ts';
import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { inParallel } from './parallel.ts';
import { readBatch, readSingle } from './ssm-calls.ts';
import type { Reading } from './ssm-calls.ts';
import { refusalKind, ssmError } from './ssm-errors.ts';
import type { SingleReaders } from './ssm-single-readers.ts';

type Outcome = Fetched | LatchkeyError;

/** The quota is 40 calls a second for a whole account and region, so a read never fans out wide. */
export const SSM_PARALLEL = 4;

export interface OneByOne {
  /** Each by itself, after their common batch was refused. */
  each(batch: readonly Address[], reading: Reading): Promise<readonly Outcome[]>;
  /** One address that GetParameters was refused for with `refusal`. */
  afterRefusal(address: Address, reading: Reading, refusal: unknown): Promise<Outcome>;
  /** One address, by the permission that this role is known to have. */
  alone(address: Address, reading: Reading): Promise<Outcome>;
}

/**
 * Reads parameters one at a time: to find which name a batch was refused for, and for roles that have `ssm:GetParameter`
 * only. Never rejects.
 */
export function createOneByOne(singleReaders: SingleReaders): OneByOne {
  async function alone(address: Address, reading: Reading): Promise<Outcome> {
    const known = singleReaders.has(reading.identity, address.region);
    try {
      return known ? await readSingle(address, reading) : await readOne(address, reading);
    } catch (refusal) {
      if (!known) return afterRefusal(address, reading, refusal);
      if (refusalKind(refusal) !== 'denied') return toError(refusal, address, reading);
    }
    // Some roles have the one permission for some parameters and the other for others.
    return readOne(address, reading).catch((error: unknown) => toError(error, address, reading));
  }

  async function afterRefusal(address: Address, reading: Reading, refusal: unknown): Promise<Outcome> {
    if (refusalKind(refusal) !== 'denied') return toError(refusal, address, reading);
    try {
      const outcome = await readSingle(address, reading);
      singleReaders.add(reading.identity, address.region);
      return outcome;
    } catch (error) {
      const kind = refusalKind(error);
      // IAM let this call pass; it failed behind IAM.
      if (kind === 'not-found' || kind === 'kms') singleReaders.add(reading.identity, address.region);
      return toError(kind === 'denied' ? refusal : error, address, reading);
    }
  }

  return {
    alone,
    afterRefusal,
    async each(batch, reading) {
      // One goes first, so that a role that may only read one by one is known before the others are asked.
      const first = await inParallel(1, batch.slice(0, 1), (address) => alone(address, reading));
      const rest = await inParallel(SSM_PARALLEL, batch.slice(1), (address) => alone(address, reading));
      return [...first, ...rest];
    },
  };
}

async function readOne(address: Address, reading: Reading): Promise<Outcome> {
  const [outcome] = await readBatch([address], reading);
  return outcome ?? toError(undefined, address, reading);
}

function toError(error: unknown, address: Address, { identity }: Reading): LatchkeyError {
  return ssmError(error, address, identity, 'ssm:GetParameters');
}
