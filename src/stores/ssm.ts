import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { Session } from '../identity/identity.ts';
import type { Fetched, Member } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { createCaller } from './aws-caller.ts';
import type { Connect } from './aws-clients.ts';
import { inParallel } from './parallel.ts';
import { MAX_MEMBERS } from './search.ts';
import { batches, fetchedParameter } from './ssm-batches.ts';
import { readBatch, readTags } from './ssm-calls.ts';
import type { Reading, SsmClient } from './ssm-calls.ts';
import { refusalKind, ssmError } from './ssm-errors.ts';
import { findParameters } from './ssm-find.ts';
import { createOneByOne, SSM_PARALLEL } from './ssm-one-by-one.ts';
import { createSingleReaders } from './ssm-single-readers.ts';
import type { Advise, Store } from './store.ts';

export interface SsmOptions {
  readonly connect: Connect<SsmClient>;
  readonly clock: Clock;
  readonly advise: Advise;
}

type Outcome = Fetched | LatchkeyError;

/**
 * SSM Parameter Store: GetParameters, ten names at a time, and GetParametersByPath. Where the role has only
 * `ssm:GetParameter`, parameters are read one by one; that is remembered, bounded, and the operator advised.
 */
export function createSsmStore({ connect, clock, advise }: SsmOptions): Store {
  const singleReaders = createSingleReaders(clock, advise);
  const oneByOne = createOneByOne(singleReaders);

  function start(session: Session, region: string, signal: AbortSignal): Reading {
    return { call: createCaller({ connect, session, region, signal }), identity: session.identity, signal };
  }

  /** One batch; a refusal (definite) is looked into, a failure of the way to AWS is everybody's. */
  async function readTogether(batch: readonly Address[], reading: Reading): Promise<readonly Outcome[]> {
    try {
      return await readBatch(batch, reading);
    } catch (error) {
      const [only] = batch;
      if (refusalKind(error) === undefined || only === undefined) {
        return batch.map((address) => ssmError(error, address, reading.identity, 'ssm:GetParameters'));
      }
      // AWS does not say reliably which name it refuses.
      return batch.length > 1
        ? oneByOne.each(batch, reading)
        : [await oneByOne.afterRefusal(only, reading, error)];
    }
  }

  return {
    async read(addresses, session, signal) {
      const [first] = addresses;
      if (first === undefined) return [];
      const reading = start(session, first.region, signal);
      const tagged = addresses.filter(({ payload }) => payload === 'tags');
      const valued = addresses.filter(({ payload }) => payload === undefined);
      const outcomes = new Map<Address, Outcome>();
      await inParallel(SSM_PARALLEL, tagged, async (address) => {
        outcomes.set(address, await tagsOf(address, reading));
      });
      if (singleReaders.has(session.identity, first.region)) {
        await inParallel(SSM_PARALLEL, valued, async (address) => {
          outcomes.set(address, await oneByOne.alone(address, reading));
        });
      } else {
        await inParallel(SSM_PARALLEL, batches(valued), async (batch) => {
          const results = await readTogether(batch, reading);
          for (const [index, outcome] of results.entries()) outcomes.set(batch[index] ?? first, outcome);
        });
      }
      return addresses.map((address) => outcomes.get(address) ?? lost());
    },

    async list(address, session, signal) {
      const reading = start(session, address.region, signal);
      if (address.find !== undefined) {
        return findParameters({ ...address, find: address.find }, reading);
      }
      const { call } = reading;
      const members: Member[] = [];
      let nextToken: string | undefined;
      try {
        do {
          const page = { path: address.name, recursive: address.below === 'all-levels', nextToken };
          const answer = await call((client) => client.getParametersByPath(page, signal));
          members.push(
            ...(answer.Parameters ?? []).map(fetchedParameter).filter((member) => member !== undefined),
          );
          nextToken = answer.NextToken;
        } while (nextToken !== undefined && nextToken !== '' && members.length <= MAX_MEMBERS);
      } catch (error) {
        return ssmError(error, address, session.identity, 'ssm:GetParametersByPath');
      }
      return members.length > MAX_MEMBERS ? tooManyMembers() : members;
    },
  };
}

async function tagsOf(address: Address, reading: Reading): Promise<Outcome> {
  try {
    return await readTags(address, reading);
  } catch (error) {
    return ssmError(error, address, reading.identity, 'ssm:ListTagsForResource');
  }
}

function tooManyMembers(): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    `there are more than ${MAX_MEMBERS} parameters below this path`,
    'Name a path further down, or the parameters one by one.',
  );
}

function lost(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'an answer is missing', 'Please report this.');
}
