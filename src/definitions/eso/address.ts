import { LatchkeyError } from '../../errors.ts';
import type { Address, Find, StoreName } from '../../request/plan.ts';
import { readSubject } from '../../request/reference-subject.ts';
import type { Subject } from '../../request/reference-subject.ts';
import type { Entry, FindSpec, RemoteRef } from './external-secret.ts';
import type { EsoStore } from './store.ts';

const VERSION_ID = 'uuid/';
const STAGE = /^[\x21-\x7e]{1,256}$/;

function wrong(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-DEFINITION', message, remedy);
}

/** What AWS would refuse, in words of a definition; the rest is the grammar of names that references have too. */
function checkName(store: StoreName, text: string): void {
  if (text.startsWith('./') || text.includes('*')) {
    throw wrong('this is no name that AWS knows', 'Write the full name; find takes a pattern.');
  }
  if (store === 'ssm' && text.includes('/') && !text.startsWith('/')) {
    throw wrong('a parameter name with a / in it begins with one', 'Write / before the key or the prefix.');
  }
  if (store === 'secretsmanager' && text.includes(':')) {
    throw wrong(
      'a secret name has no colon',
      'Write a version as remoteRef.version, a key of JSON as property.',
    );
  }
}

/** A name or an ARN in its parts. */
function subjectOf(store: StoreName, text: string): Subject {
  const isArn = text.startsWith('arn:');
  if (!isArn) checkName(store, text);
  const subject = isArn ? readSubject(text, 'arn', 'value') : readSubject(`${store}:${text}`, store, 'value');
  if (subject.store === store) return subject;
  throw wrong("this is an ARN of the other service than the store's", 'Name a store of that service.');
}

function checkRegion(subject: Subject, region: string): void {
  if (subject.region === undefined || subject.region === region) return;
  throw new LatchkeyError(
    'LK-REGION',
    `the ARN is of region ${subject.region}, but the store reads in ${region}`,
    'Name a store of that region.',
  );
}

/** A stage, or the id of a version behind `uuid/`. */
function secretVersion(version: string): Pick<Address, 'version' | 'stage'> {
  const isId = version.startsWith(VERSION_ID);
  const text = isId ? version.slice(VERSION_ID.length) : version;
  if (!STAGE.test(text)) {
    throw wrong(
      'this is neither a stage nor the id of a version',
      `Write a stage such as AWSPREVIOUS, or ${VERSION_ID} and the id.`,
    );
  }
  if (isId) return { version: text };
  return text === 'AWSCURRENT' ? {} : { stage: text };
}

function secretAddress(remote: RemoteRef, name: string, region: string): Address {
  const subject = subjectOf('secretsmanager', name);
  checkRegion(subject, region);
  // Tags belong to the secret: External Secrets Operator asks for them without a version.
  const version = remote.tags || remote.version === undefined ? {} : secretVersion(remote.version);
  return { store: 'secretsmanager', region, name: subject.name, ...version };
}

function parameterAddress(remote: RemoteRef, name: string, region: string): Address {
  const subject = subjectOf('ssm', remote.version === undefined ? name : `${name}:${remote.version}`);
  checkRegion(subject, region);
  const { selector } = subject;
  if (remote.tags && selector !== undefined) {
    throw wrong('tags belong to a parameter, not to a version of it', 'Leave the version out.');
  }
  return { store: 'ssm', region, name: subject.name, ...(selector === undefined ? {} : { selector }) };
}

function remoteAddress(remote: RemoteRef, store: EsoStore, region: string): Address {
  if (store.prefix !== '' && remote.key.startsWith('arn:')) {
    throw wrong(
      "the store's prefix stands before every key, so an ARN is none",
      'Write the name below the prefix, or use a store without one.',
    );
  }
  const name = store.prefix + remote.key;
  const address =
    store.service === 'ssm' ? parameterAddress(remote, name, region) : secretAddress(remote, name, region);
  return remote.tags ? { ...address, payload: 'tags' } : address;
}

/** Where a search among parameters begins; GetParametersByPath takes a path only. */
function searchPath(path: string | undefined): string {
  const written = (path ?? '/').replace(/(?<=.)\/$/, '');
  if (written === '/') return written;
  if (!written.startsWith('/')) {
    throw wrong(
      'a path begins with a slash',
      'Write find.path as /path, or leave it out for all parameters.',
    );
  }
  return readSubject(`ssm:${written}/**`, 'ssm', 'members').name;
}

function tagsOf({ tags }: FindSpec): Pick<Find, 'tags'> {
  return tags === undefined ? {} : { tags: Object.fromEntries(tags) };
}

/** By name, tags do not count among parameters: External Secrets Operator looks at one or the other. */
function parameterSearch(find: FindSpec, region: string): Address {
  const search = find.name === undefined ? tagsOf(find) : { name: find.name };
  return { store: 'ssm', region, name: searchPath(find.path), find: search };
}

function secretSearch(find: FindSpec, { prefix }: EsoStore, region: string): Address {
  if (prefix !== '' && find.name !== undefined && find.path === undefined) {
    throw wrong(
      "External Secrets Operator puts the store's prefix before every name that it has found, so that none is there",
      'Write find.path with the prefix, or use a store without one.',
    );
  }
  const search: Find = {
    ...(find.name === undefined ? {} : { name: find.name }),
    ...(find.path === undefined ? {} : { prefix: find.path }),
    ...tagsOf(find),
  };
  return { store: 'secretsmanager', region, name: '', find: search };
}

/** What an entry asks of AWS. Throws LK-DEFINITION, LK-SYNTAX or LK-REGION. */
export function addressOf(entry: Entry, store: EsoStore, region: string): Address {
  if (entry.kind !== 'find') return remoteAddress(entry.remote, store, region);
  return store.service === 'ssm'
    ? parameterSearch(entry.find, region)
    : secretSearch(entry.find, store, region);
}
