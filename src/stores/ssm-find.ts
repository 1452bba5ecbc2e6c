import { LatchkeyError } from '../errors.ts';
import type { Member } from '../request/evaluate.ts';
import type { Address, Find } from '../request/plan.ts';
import { nameMatcher, type NameMatcher } from './name-matcher.ts';
import { inParallel } from './parallel.ts';
import { allOrError, MAX_MEMBERS, tooManyMatches, tooMuchToSearch } from './search.ts';
import { batches, fetchedParameter } from './ssm-batches.ts';
import { readBatch, type Reading } from './ssm-calls.ts';
import { refusalKind, ssmError } from './ssm-errors.ts';
import { SSM_PARALLEL } from './ssm-one-by-one.ts';

/** Pages of ten values or fifty descriptions: what can be had of 40 calls a second within a review. */
const MAX_PAGES = 100;

/**
 * Parameters by a search. A search over names reads values page by page from below the path, as
 * GetParametersByPath needs no second call; one over tags, and one whose role may not read paths, asks
 * DescribeParameters for the names and reads what matches.
 */
export async function findParameters(
  address: Address & { readonly find: Find },
  reading: Reading,
): Promise<readonly Member[] | LatchkeyError> {
  const matches = nameMatcher(address.find);
  if (matches instanceof LatchkeyError) return matches;
  if (address.find.tags !== undefined) return byDescription(address, reading, matches);
  try {
    return await byPath(address, reading, matches);
  } catch (error) {
    if (refusalKind(error) !== 'denied')
      return ssmError(error, address, reading.identity, 'ssm:GetParametersByPath');
    return byDescription(address, reading, matches);
  }
}

async function byPath(
  address: Address,
  { call, signal }: Reading,
  matches: NameMatcher,
): Promise<readonly Member[] | LatchkeyError> {
  const path = address.name === '' ? '/' : address.name;
  const members: Member[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const question = { path, recursive: true, nextToken };
    const answer = await call((client) => client.getParametersByPath(question, signal));
    for (const parameter of answer.Parameters ?? []) {
      const member = matches(parameter.Name ?? '') ? fetchedParameter(parameter) : undefined;
      if (member !== undefined) members.push(member);
    }
    if (members.length > MAX_MEMBERS) return tooManyMatches('parameters');
    nextToken = answer.NextToken;
    if (nextToken === undefined || nextToken === '') return members;
  }
  return tooMuchToSearch('parameters');
}

async function byDescription(
  address: Address & { readonly find: Find },
  reading: Reading,
  matches: NameMatcher,
): Promise<readonly Member[] | LatchkeyError> {
  const names = await describedNames(address, reading, matches);
  if (names instanceof LatchkeyError) return names;
  const { region } = address;
  const wanted = names.map((name): Address => ({ store: 'ssm', region, name }));
  const read = await inParallel(SSM_PARALLEL, batches(wanted), async (batch) => {
    try {
      return await readBatch(batch, reading);
    } catch (error) {
      return [ssmError(error, address, reading.identity, 'ssm:GetParameters')];
    }
  });
  return allOrError(read.flat());
}

async function describedNames(
  { find, name: path, ...address }: Address & { readonly find: Find },
  { call, signal, identity }: Reading,
  matches: NameMatcher,
): Promise<readonly string[] | LatchkeyError> {
  const question = { tags: find.tags ?? {}, path: path === '' || path === '/' ? undefined : path };
  const names: string[] = [];
  let nextToken: string | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await call((client) => client.describeParameters({ ...question, nextToken }, signal));
      names.push(...(answer.Parameters ?? []).map(({ Name = '' }) => Name).filter(matches));
      if (names.length > MAX_MEMBERS) return tooManyMatches('parameters');
      nextToken = answer.NextToken;
      if (nextToken === undefined || nextToken === '') return names;
    }
  } catch (error) {
    return ssmError(error, { ...address, name: path, find }, identity, 'ssm:DescribeParameters');
  }
  return tooMuchToSearch('parameters');
}
