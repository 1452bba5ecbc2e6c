// AWS as a list of what it stores, answering addresses.

import { LatchkeyError } from '../../../src/errors.ts';
import type { Code } from '../../../src/errors.ts';
import type { Answers, Fetched } from '../../../src/request/evaluate.ts';
import type { Address, Find, StoreName } from '../../../src/request/plan.ts';
import { SecretValue } from '../../../src/secret-value.ts';

/** One secret or parameter, of one version. */
export interface Stored {
  readonly store: StoreName;
  /** eu-central-1 where it is left out. */
  readonly region?: string;
  readonly name: string;
  readonly value?: string | Uint8Array;
  readonly tags?: Readonly<Record<string, string>>;
  readonly selector?: string;
  readonly stage?: string;
  readonly version?: string;
  /** It answers with this instead of its value. */
  readonly error?: Code;
}

function fetched({ name, value = '', error }: Stored): Fetched | LatchkeyError {
  if (error !== undefined) return new LatchkeyError(error, 'AWS says no', 'Ask again.');
  return { value: new SecretValue(value), version: '1', arn: '', name };
}

function isIn(stored: Stored, { store, region }: Address): boolean {
  return stored.store === store && (stored.region ?? 'eu-central-1') === region;
}

function answersOne(stored: Stored, address: Address): boolean {
  const { name, selector, stage, version, payload } = address;
  if (!isIn(stored, address) || stored.name !== name) return false;
  if (payload === 'tags') return stored.tags !== undefined;
  return stored.selector === selector && stored.stage === stage && stored.version === version;
}

/** By path, prefix, expression and tags. The fixtures' expressions mean the same to JavaScript. */
function matches({ name, tags = {} }: Stored, path: string, find: Find): boolean {
  const below = path === '' || path === '/' || name.startsWith(`${path}/`);
  const named = find.name === undefined || new RegExp(find.name, 'u').test(name);
  const tagged = Object.entries(find.tags ?? {}).every(([key, value]) => tags[key] === value);
  return below && named && tagged && name.startsWith(find.prefix ?? '');
}

export function answersOf(aws: readonly Stored[]): Answers {
  const nowhere = new LatchkeyError('LK-NOT-FOUND', 'it does not exist', 'Create it.');

  return {
    one(address) {
      const found = aws.find((stored) => answersOne(stored, address));
      if (found === undefined) return nowhere;
      if (address.payload !== 'tags') return fetched(found);
      return fetched({ ...found, value: JSON.stringify(found.tags) });
    },
    many(address) {
      const found = aws
        .filter((stored) => isIn(stored, address) && matches(stored, address.name, address.find ?? {}))
        .map(fetched);
      const failed = found.find((each) => each instanceof LatchkeyError);
      return failed ?? found.flatMap((each) => (each instanceof LatchkeyError ? [] : [each]));
    },
  };
}
