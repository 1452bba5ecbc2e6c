import { LatchkeyError } from '../errors.ts';
import type { Fetched, Member } from '../request/evaluate.ts';
import { awsStoreOf } from '../request/addresses.ts';
import type { Address, Find } from '../request/plan.ts';
import type { SecretValue } from '../secret-value.ts';
import { nameMatcher } from './name-matcher.ts';
import type { StoreFile } from './store-file.ts';
import type { Store } from './store.ts';
import { fetchedTags } from './tags-payload.ts';

/**
 * Answers for every store from one file, for trying out, tests and CI. Regions and identities do not matter, and a
 * version or stage is found under a key of its own: `NAME:3` and `NAME:label` for parameters, `NAME?version=ID` and
 * `NAME?stage=LABEL` for secrets. An ARN is found as such or by the name in it.
 */
export function createFileStore(file: StoreFile): Store {
  return {
    read: async (addresses) => addresses.map((address) => find(file, address)),
    list: async (address) =>
      address.find === undefined ? below(file, address) : search(file, address, address.find),
  };
}

function find(file: StoreFile, address: Address): Fetched | LatchkeyError {
  const suffix = suffixOf(address);
  for (const name of namesOf(address)) {
    const value = file[awsStoreOf(address)].get(`${name}${suffix}`);
    if (value !== undefined)
      return address.payload === 'tags' ? fetchedTags([], { arn: '', name }) : fetched(name, value, address);
  }
  return new LatchkeyError(
    'LK-NOT-FOUND',
    suffix === ''
      ? 'the store file does not have it'
      : 'the store file does not have this version or stage of it',
    `Add it to the store file below ${address.store}:${suffix === '' ? '' : ` as NAME${suffix}`}.`,
  );
}

/** The key's ending; user text, but from a reference that was parsed. */
function suffixOf({ store, selector, version, stage }: Address): string {
  if (store === 'ssm') return selector === undefined ? '' : `:${selector}`;
  if (version !== undefined) return `?version=${version}`;
  return stage === undefined || stage === 'AWSCURRENT' ? '' : `?stage=${stage}`;
}

/** The names under which an address may stand in the file, best first. */
function namesOf({ name }: Address): readonly string[] {
  const [, service, resource = ''] = /^arn:[^:]*:([^:]*):[^:]*:[^:]*:(.*)$/s.exec(name) ?? [];
  if (service === 'ssm') {
    const path = resource.replace(/^parameter/, '');
    // An ARN does not tell `/name` from `name`.
    return [name, path, path.slice(1)];
  }
  if (service === 'secretsmanager') {
    const full = resource.replace(/^secret:/, '');
    return [name, full.replace(/-[A-Za-z0-9]{6}$/, ''), full];
  }
  return [name];
}

function below(file: StoreFile, address: Address): readonly Member[] | LatchkeyError {
  const path = `${address.name.replace(/\/+$/, '')}/`;
  return [...file[awsStoreOf(address)]]
    .filter(([name]) => name.startsWith(path) && !name.includes(':'))
    .filter(([name]) => address.below === 'all-levels' || !name.slice(path.length).includes('/'))
    .map(([name, value]) => fetched(name, value, address))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The file holds no tags, so that nothing has them. */
function search(file: StoreFile, address: Address, find: Find): readonly Member[] | LatchkeyError {
  const matches = nameMatcher(find);
  if (matches instanceof LatchkeyError) return matches;
  if (Object.keys(find.tags ?? {}).length > 0) return [];
  const path = address.store === 'ssm' ? `${address.name.replace(/\/+$/, '')}/` : (find.prefix ?? '');
  return [...file[awsStoreOf(address)]]
    .filter(([name]) => !/[:?]/.test(name) && (path === '/' || name.startsWith(path)) && matches(name))
    .map(([name, value]) => fetched(name, value, address))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fetched(name: string, value: SecretValue, { selector, version }: Address): Fetched {
  return {
    value,
    version: selector ?? version ?? 'store-file',
    arn: '',
    name: name.startsWith('arn:') ? '' : name,
  };
}
